import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before } from "mocha";
import { idOf } from "../../packages/sandbox/src/cloudflare/tokens/groups.ts";
import { startWrangler, versionIn, type Wrangler } from "./wrangler.ts";

describe("clients: wrangler deploys and sets secrets", function () {
  this.timeout(180_000);
  const first = `canary-${randomUUID()}`;
  let wrangler: Wrangler;
  before(async () => {
    wrangler = await startWrangler("deployed");
    wrangler.config();
  });
  after(() => wrangler.close());

  it("whoami, with a token of the user and with one of the account", async () => {
    const { url, token, accountId } = wrangler.tools.sandbox.description.cloudflare;
    assert.match(await wrangler.run("whoami"), /User API Token, associated with the email .*sandbox-user@/);
    const headers = { authorization: `Bearer ${token}` };
    const policies = [
      {
        effect: "allow",
        permission_groups: [{ id: idOf("Workers Scripts Read") }],
        resources: { [`com.cloudflare.api.account.${accountId}`]: "*" },
      },
    ];
    const body = JSON.stringify({ name: "reads", policies });
    const made = await fetch(`${url}/accounts/${accountId}/tokens`, { method: "POST", headers, body });
    const { value } = ((await made.json()) as { result: { value: string } }).result;
    wrangler.tools.write("reads.sh", `export CLOUDFLARE_API_TOKEN=${value}\n`);
    const as = (line: string) => wrangler.tools.sh(`. ./reads.sh; node_modules/.bin/wrangler ${line}`);
    const whoami = await as("whoami");
    assert.match(whoami.text, /Account API Token, associated with the account Sandbox account/);
    assert.match(whoami.text, new RegExp(accountId));
    const refused = await as("deploy");
    assert.notEqual(refused.code, 0);
    assert.match(refused.text, /Authentication error \[code: 10000\]/);
  });

  it("secret put before there is a Worker; deploy over it keeps the secret", async () => {
    await wrangler.run("secret put FIRST", `${first}\n`);
    assert.match(await wrangler.run("secret list"), /FIRST/);
    wrangler.config({ vars: { V: "1" } });
    versionIn(await wrangler.run("deploy"));
    assert.deepEqual(await wrangler.env(), { V: "1", FIRST: first });
  });

  it("deploy replaces variables, or keeps them with --keep-vars; secrets stay", async () => {
    wrangler.config({ vars: { W: "2" } });
    await wrangler.run("deploy --keep-vars");
    assert.deepEqual(await wrangler.env(), { V: "1", W: "2", FIRST: first });
    await wrangler.run("deploy");
    assert.deepEqual(await wrangler.env(), { W: "2", FIRST: first });
  });

  it("deploy with --secrets-file sets those, and keeps the others", async () => {
    wrangler.tools.write("secrets.json", JSON.stringify({ FROM_FILE: "filed" }));
    await wrangler.run("deploy --secrets-file secrets.json");
    assert.deepEqual(await wrangler.env(), { W: "2", FIRST: first, FROM_FILE: "filed" });
  });

  it("deploy with secrets.required: refused while one is missing (10057)", async () => {
    wrangler.config({ secrets: { required: ["FIRST", "NEEDED"] } });
    const refused = await wrangler.refused("deploy");
    assert.match(refused, /NEEDED/);
    assert.doesNotMatch(refused, /\* FIRST|"FIRST"/);
    assert.deepEqual(await wrangler.env(), { W: "2", FIRST: first, FROM_FILE: "filed" });
    await wrangler.run("secret put NEEDED", "needed");
    await wrangler.run("deploy");
    assert.deepEqual(await wrangler.env(), { FIRST: first, FROM_FILE: "filed", NEEDED: "needed" });
  });

  it("secret bulk sets and deletes, secret delete deletes", async () => {
    await wrangler.run("secret bulk", JSON.stringify({ SECOND: "second", FROM_FILE: null, NEEDED: null }));
    assert.deepEqual(await wrangler.env(), { FIRST: first, SECOND: "second" });
    await wrangler.run("secret delete SECOND");
    assert.deepEqual(await wrangler.env(), { FIRST: first });
    const listed = await wrangler.run("secret list --format json");
    const names = JSON.parse(listed.slice(listed.indexOf("["), listed.lastIndexOf("]") + 1)) as unknown;
    assert.deepEqual(names, [{ name: "FIRST", type: "secret_text" }]);
    assert.match(await wrangler.refused("secret delete SECOND"), /code: 10056/);
  });

  it("secret put over a variable: refused (10053)", async () => {
    wrangler.config({ vars: { PLAIN: "p" } });
    await wrangler.run("deploy");
    const refused = await wrangler.refused("secret put PLAIN", "x");
    assert.match(refused, /Binding name 'PLAIN' already in use.*\[code: 10053\]/s);
    assert.deepEqual(await wrangler.env(), { PLAIN: "p", FIRST: first });
  });

  it("deployments list and status name the version that answers", async () => {
    const id = versionIn(await wrangler.run("deploy"));
    const status = await wrangler.run("deployments status");
    assert.match(status, new RegExp(`\\(100%\\) ${id}`));
    assert.match(status, /sandbox-user@/);
    assert.match(await wrangler.run("deployments list"), new RegExp(id));
  });

  it("refuses code that does not start (10021), and goes on with the old", async () => {
    wrangler.tools.write("broken.js", "throw new Error('at start'); export default {};");
    const refused = await wrangler.refused("deploy broken.js --no-bundle");
    assert.match(refused, /at start/);
    assert.match(refused, /10021/);
    assert.deepEqual(await wrangler.env(), { PLAIN: "p", FIRST: first });
  });

  it("tail tells of each request, until it is ended", async () => {
    const { sandbox } = wrangler.tools;
    const { url, accountId, token } = sandbox.description.cloudflare;
    const tails = async () => {
      const answer = await fetch(`${url}/accounts/${accountId}/workers/scripts/deployed/tails`, {
        headers: { authorization: `Bearer ${token}` },
      });
      return ((await answer.json()) as { result: readonly unknown[] }).result.length;
    };
    const child = wrangler.tools.start("exec node_modules/.bin/wrangler tail --format json --method GET");
    let seen = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      seen += chunk;
    });
    // The first requests may come before it listens.
    while (!seen.includes("/followed")) {
      await fetch(`${sandbox.description.workers.url}/deployed/followed`);
      await sleep(300);
    }
    const ended = once(child, "close");
    child.kill("SIGINT");
    await ended;
    const [event] = seen.split(/^(?=\{$)/m).map((text) => JSON.parse(text) as Record<string, unknown>);
    assert.equal(event?.outcome, "ok");
    assert.match(JSON.stringify(event), /"method":"GET"/);
    assert.equal(await tails(), 0);
  });

  it("delete takes everything away", async () => {
    await wrangler.run("delete");
    const gone = await fetch(`${wrangler.tools.sandbox.description.workers.url}/deployed/`);
    assert.equal(gone.status, 404);
    // There is nothing to list, and no secret left to be kept.
    assert.match(await wrangler.refused("secret list"), /deployed|10007/);
    wrangler.config();
    await wrangler.run("deploy");
    assert.deepEqual(await wrangler.env(), {});
    await wrangler.run("delete --force");
  });

  it("no command printed a secret's value", () => {
    assert.equal(wrangler.tools.printed().includes(first), false);
  });
});
