import assert from "node:assert/strict";
import { after, before } from "mocha";
import { startWrangler, type Wrangler } from "../../../tests/clients/wrangler.ts";

describe("sandbox/cloudflare: wrangler's storage commands", function () {
  this.timeout(300_000);
  let wrangler: Wrangler;
  let kv = "";
  let d1 = "";
  before(async () => {
    wrangler = await startWrangler("real");
    wrangler.config();
  });
  after(() => wrangler.close());

  it("kv: namespace create and list, key put, list and get", async () => {
    kv = /[0-9a-f]{32}/.exec(await wrangler.run("kv namespace create store"))?.[0] ?? "";
    assert.ok(kv);
    assert.match(
      await wrangler.run("kv namespace list"),
      new RegExp(`"id": "${kv}"[^}]*"title": "store"`, "s"),
    );
    assert.match(await wrangler.refused("kv namespace create store"), /already exists/);
    await wrangler.run(`kv key put key value --namespace-id ${kv} --remote`);
    assert.match(await wrangler.run(`kv key list --namespace-id ${kv} --remote`), /"name": "key"/);
    assert.match(await wrangler.run(`kv key get key --namespace-id ${kv} --remote --text`), /^value$/m);
    await wrangler.refused(`kv key get nobody --namespace-id ${kv} --remote --text`);
  });
  it("d1: create, execute, info and list", async () => {
    d1 = /"database_id": "([0-9a-f-]{36})"/.exec(await wrangler.run("d1 create people"))?.[1] ?? "";
    assert.ok(d1);
    const sql = "CREATE TABLE people (name TEXT); INSERT INTO people VALUES ('Ada');";
    await wrangler.run(`d1 execute people --remote --command "${sql}"`);
    const found = await wrangler.run('d1 execute people --remote --json --command "SELECT * FROM people"');
    assert.match(found, /"name": "Ada"/);
    assert.match(
      await wrangler.refused('d1 execute people --remote --command "SELECT * FROM x"'),
      /no such table: x/,
    );
    assert.match(await wrangler.run("d1 list"), new RegExp(d1));
    assert.match(await wrangler.refused("d1 create people"), /already exists/);
  });
  it("d1: execute with a file, all of it or nothing", async () => {
    wrangler.tools.write("seed.sql", "CREATE TABLE towns (name TEXT);\nINSERT INTO towns VALUES ('Bath');\n");
    assert.match(
      await wrangler.run("d1 execute people --remote --yes --file seed.sql"),
      /Executed 2 queries/,
    );
    wrangler.tools.write("half.sql", "INSERT INTO towns VALUES ('York');\nINSERT INTO nowhere VALUES (1);\n");
    const refused = await wrangler.refused("d1 execute people --remote --yes --file half.sql");
    assert.match(refused, /no such table: nowhere/);
    const found = await wrangler.run('d1 execute people --remote --json --command "SELECT * FROM towns"');
    assert.match(found, /"name": "Bath"/);
    assert.doesNotMatch(found, /York/);
  });
  it("r2: bucket create and list, object put and get", async () => {
    await wrangler.run("r2 bucket create files");
    assert.match(await wrangler.run("r2 bucket list"), /name:\s+files/);
    wrangler.tools.write("file.txt", "from a file");
    await wrangler.run("r2 object put files/deep/file.txt --file file.txt --remote");
    assert.match(await wrangler.run("r2 object get files/deep/file.txt --remote --pipe"), /from a file/);
    await wrangler.refused("r2 object get files/nobody --remote --pipe");
  });
  it("queues: create and list", async () => {
    await wrangler.run("queues create jobs");
    assert.match(await wrangler.run("queues list"), /jobs/);
    await wrangler.refused("queues create jobs");
  });
  it("and takes all of it away again", async () => {
    await wrangler.run("queues delete jobs");
    await wrangler.run("r2 object delete files/deep/file.txt --remote");
    await wrangler.run("r2 bucket delete files");
    await wrangler.run("d1 delete people --skip-confirmation");
    await wrangler.run(`kv namespace delete --namespace-id ${kv} --skip-confirmation`);
    assert.doesNotMatch(await wrangler.run("kv namespace list"), new RegExp(kv));
  });
});
