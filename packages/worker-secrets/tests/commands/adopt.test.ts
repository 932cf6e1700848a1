import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ask, copyFixture, fill, linkPackage } from "../../../../tests/helpers/fixture.ts";
import { adoption, requests, SEED, sample } from "./adopt-harness.ts";
import { wranglerIn } from "./wrangler-alone.ts";
import { CANARY, failed, lines, succeeded } from "./ws-project.ts";

describe(`ws adopt (SEED=${SEED})`, function () {
  this.timeout(300_000);
  const closers: (() => Promise<unknown>)[] = [];
  after(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  const { open, listed, unchanged } = adoption(closers);

  it("KV and crons: lists, refuses losses by name, and changes nothing that a request sees", async () => {
    const project = await open("kv");
    const directory = copyFixture("kv-cron", project.root);
    const wrangler = wranglerIn(project, directory);
    const made = await wrangler(["kv", "namespace", "create", "CACHE"]).catch((error: unknown) => {
      throw error;
    });
    const id = /"?id"?\s*[:=]\s*"([0-9a-f]{32})"/.exec(made)?.[1];
    assert.ok(id, made);
    fill(join(directory, "wrangler.jsonc"), { CACHE: id });
    const key = `${CANARY}key`;
    await wrangler(["secret", "put", "API_KEY", "--name", "kv-cron"], key);
    await wrangler(["deploy"]);
    await wrangler(["secret", "put", "LEGACY", "--name", "kv-cron"], `${CANARY}legacy`);
    const workers = project.sandbox.description.workers.url;
    await ask(workers, "kv-cron", { method: "PUT", path: "/kv/a", body: "stored before" });
    listed(project, [directory]);
    const input = lines({ ...project.account, API_KEY: key });
    const adopt = (...more: string[]) =>
      project.ws(["adopt", "kv-cron", "--stack", "dev", "--values", "-", ...more], { input });

    const before = project.read("Pulumi.dev.yaml");
    const refused = failed(await adopt());
    assert.match(refused, /secrets +API_KEY, LEGACY/);
    assert.match(refused, /CACHE \(kv_namespace\)/);
    assert.match(refused, /crons +(\*\/5 \* \* \* \*, 0 3 \* \* 1|0 3 \* \* 1, \*\/5 \* \* \* \*)/);
    assert.match(refused, /--external LEGACY to keep it as somebody else's, or --drop LEGACY/);
    assert.match(refused, /"secrets": \{"required":\["LEGACY"\]\}/);
    assert.equal(project.read("Pulumi.dev.yaml"), before, "a refusal wrote the file");
    assert.equal(await project.client.environment("kv/dev-secrets"), undefined);

    const text = readFileSync(join(directory, "wrangler.jsonc"), "utf8");
    const without = text
      .replace(/"kv_namespaces".*\n/, "")
      .replace('"*/5 * * * *", ', "")
      .replace('"GREETING": "hello", ', "");
    writeFileSync(join(directory, "wrangler.jsonc"), without);
    const report = JSON.parse(failedJson(await adopt("--json", "--drop", "NOPE"))) as {
      losses: { what: string; name: string }[];
      linesToAdd: string[];
    };
    assert.deepEqual(report.losses.map(({ what, name }) => `${what} ${name}`).sort(), [
      "binding CACHE",
      "cron */5 * * * *",
      "secret LEGACY",
      "variable GREETING",
    ]);
    assert.ok(
      report.linesToAdd.includes(`"kv_namespaces": [{"binding":"CACHE","id":"${id}"}]`),
      String(report.linesToAdd),
    );
    writeFileSync(join(directory, "wrangler.jsonc"), text);

    const adopted = succeeded(await adopt("--external", "LEGACY"));
    assert.match(adopted, /Nothing was deployed/);
    const written = project.read("Pulumi.dev.yaml");
    assert.match(written, /^# kept\n/);
    const { config } = parse(written) as { config: Record<string, unknown> };
    assert.deepEqual(config["worker-secrets:workers"], [
      { directory, scriptName: "kv-cron", adopt: true, externalSecrets: ["LEGACY"] },
    ]);
    succeeded(await adopt("--external", "LEGACY"));
    assert.equal(project.read("Pulumi.dev.yaml"), written, "a repeat changed the file");

    const asked = sample(requests(["/", "/about", "/proof", "/kv/", "/kv/a"], [undefined]));
    await unchanged(project, "kv", new Map([["kv-cron", asked]]));
    assert.equal((await ask(workers, "kv-cron", { path: "/kv/a" })).body, "stored before");
    const names = JSON.parse((await ask(workers, "kv-cron", { path: "/" })).body) as { names: string[] };
    assert.ok(names.names.includes("LEGACY"), "the external secret is gone");
  });

  it("Durable Objects and assets: state kept, migrations not sent again", async () => {
    const project = await open("rooms");
    const directory = copyFixture("room", project.root);
    const wrangler = wranglerIn(project, directory);
    await wrangler(["secret", "put", "SIGNING_KEY", "--name", "room"], `${CANARY}sign`);
    await wrangler(["deploy"]);
    const workers = project.sandbox.description.workers.url;
    const visit = async () =>
      JSON.parse((await ask(workers, "room", { method: "POST", path: "/rooms/blue" })).body) as object;
    await visit();
    assert.deepEqual(await visit(), { visits: 2, signed: `${CANARY}sign`.length });
    listed(project, [directory]);
    const input = JSON.stringify({ ...project.account, SIGNING_KEY: `${CANARY}sign` });
    const out = succeeded(await project.ws(["adopt", "room", "--stack", "dev", "--values", "-"], { input }));
    assert.match(out, /migration tag +v2/);
    const asked = sample(requests(["/", "/rooms/blue", "/rooms/", "/nowhere/", "/index.html"], [undefined]));
    await unchanged(project, "rooms", new Map([["room", asked]]));
    assert.deepEqual(await visit(), { visits: 3, signed: `${CANARY}sign`.length });
  });

  it("two Workers of a monorepo, one after the other, with their binding and their domain", async () => {
    const project = await open("mono");
    const root = copyFixture("monorepo", project.root);
    const [auth, web] = [join(root, "packages/auth"), join(root, "packages/web")];
    linkPackage("@monorepo-fixture/auth", auth, root);
    const shared = `${CANARY}shared`;
    // This Worker shows the keys of `env` in their order: wrangler's is that of the file, and the stack's is by name.
    for (const file of [join(auth, "wrangler.jsonc"), join(web, "wrangler.toml")])
      writeFileSync(
        file,
        readFileSync(file, "utf8").replace('"SHARED_KEY", "OWN_KEY"', '"OWN_KEY", "SHARED_KEY"'),
      );
    for (const [name, folder] of [
      ["auth", auth],
      ["web", web],
    ] as const) {
      const wrangler = wranglerIn(project, folder);
      await wrangler(["secret", "put", "OWN_KEY", "--name", name], `${CANARY}${name}`);
      await wrangler(["secret", "put", "SHARED_KEY", "--name", name], shared);
      await wrangler(["deploy"]);
    }
    // The other order is refused for the right reason: 'web' binds 'auth', which is there, so both orders work.
    listed(project, [auth, web]);
    const partial = await project.ws(
      ["adopt", "nobody", "--stack", "dev", "--values", "-", "--worker", "auth"],
      {
        input: lines({ ...project.account }),
      },
    );
    assert.match(failed(partial), /it has no Worker 'nobody'; it has auth, web/);
    const input = lines({
      ...project.account,
      SHARED_KEY: shared,
      "auth.OWN_KEY": `${CANARY}auth`,
      "web.OWN_KEY": `${CANARY}web`,
    });
    succeeded(
      await project.ws(["adopt", "auth", "--stack", "dev", "--values", "-", "--no-preview"], { input }),
    );
    const out = succeeded(await project.ws(["adopt", "web", "--stack", "dev"]));
    assert.match(out, /custom domains +shop\.example\.com/);
    const all = requests(["/", "/auth", "/user"], ["shop.example.com", undefined]);
    await unchanged(project, "mono", new Map([["web", sample(all)]]));
  });
});

function failedJson(ran: { code: number | null; stdout: string; stderr: string }): string {
  assert.equal(ran.code, 1, ran.stdout + ran.stderr);
  return ran.stdout;
}
