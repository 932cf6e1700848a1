import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { parse } from "yaml";
import { type HostedStack, hostStack } from "../../cli/stack-host.ts";
import { startStandIns } from "../../sandbox/providers/index.ts";
import { type Answered, ask, copyFixture, fill, linkPackage } from "../helpers/fixture.ts";
import { enginePath } from "../helpers/world.ts";
import { wranglerIn } from "./wrangler-alone.ts";
import { CANARY, failed, lines, openProject, succeeded, type WsProject } from "./ws-project.ts";

/** A request that only reads: the same state has to give the same answer, byte for byte. */
interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly host: string | undefined;
}

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

function requests(
  paths: readonly string[],
  hosts: readonly (string | undefined)[],
  methods = ["GET", "HEAD", "OPTIONS"],
) {
  const word = fc.stringMatching(/^[a-z0-9]{0,8}$/);
  const path = fc.tuple(
    fc.constantFrom(...paths),
    word,
    fc.option(fc.tuple(word, fc.string()), { nil: undefined }),
  );
  return fc.record({
    method: fc.constantFrom(...methods),
    path: path.map(([base, rest, query]) =>
      query === undefined ? `${base}${rest}` : `${base}${rest}?${new URLSearchParams([query])}`,
    ),
    headers: fc.dictionary(fc.constantFrom("x-test", "accept", "accept-language", "if-none-match"), word, {
      maxKeys: 2,
    }),
    host: fc.constantFrom(...hosts),
  });
}

describe(`ws adopt (SEED=${SEED})`, function () {
  this.timeout(300_000);
  const closers: (() => Promise<unknown>)[] = [];
  after(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  const open = async (name: string): Promise<WsProject> => {
    const project = await openProject(name);
    closers.push(project.close);
    return project;
  };
  const host = async (project: WsProject, name: string): Promise<HostedStack> => {
    const { description } = project.sandbox;
    const { CLOUDFLARE_API_TOKEN: _, CLOUDFLARE_ACCOUNT_ID: __, ...clouds } = description.env;
    const standIns = await startStandIns({
      environment: () => ({ ...clouds, CLOUDFLARE_API_TOKEN: process.env.CLOUDFLARE_API_TOKEN ?? "" }),
    });
    closers.push(standIns.close);
    const { organization } = description.pulumi;
    const env = { ...clouds, ...standIns.env };
    const hosted = await hostStack({
      project: name,
      stack: "dev",
      organization,
      root: project.root,
      engine: enginePath(),
      env,
    });
    closers.push(hosted.close);
    return hosted;
  };
  /** The Worker entries hold absolute folders here: the program that runs is this repository's own. */
  const listed = (project: WsProject, name: string, directories: readonly string[]) =>
    project.write("Pulumi.dev.yaml", `# kept\nconfig:\n  ${name}:workers: ${JSON.stringify(directories)}\n`);
  const answers = async (
    project: WsProject,
    script: string,
    all: readonly Request[],
  ): Promise<Answered[]> => {
    const url = project.sandbox.description.workers.url;
    const found: Answered[] = [];
    for (const { host: at, ...one } of all)
      found.push(await ask(url, script, { ...one, ...(at === undefined ? {} : { host: at }) }));
    // An asset's ETag is made of the uploader's own hash of the file, which wrangler and the provider make differently.
    return found.map(({ headers: { etag: _, ...headers }, ...rest }) => ({ ...rest, headers }));
  };
  /** `up`, and then nothing is left to do; and what a request sees is what it saw. */
  const unchanged = async (project: WsProject, name: string, script: string, all: readonly Request[]) => {
    const before = await answers(project, script, all);
    const hosted = await host(project, name);
    const { text } = await hosted.up();
    assert.ok(!text.includes(CANARY), "up printed a value");
    const { changes, text: again } = await hosted.preview();
    assert.deepEqual(Object.keys(changes), ["same"], again);
    assert.deepEqual(await answers(project, script, all), before, `SEED=${SEED}`);
    assert.ok(!JSON.stringify(await project.client.exportStack(name, "dev")).includes(CANARY));
  };
  const sample = (one: fc.Arbitrary<Request>) => fc.sample(one, { numRuns: 60, seed: SEED });

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
    listed(project, "kv", [directory]);
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
    assert.deepEqual(config["kv:workers"], [
      { directory, scriptName: "kv-cron", adopt: true, externalSecrets: ["LEGACY"] },
    ]);
    succeeded(await adopt("--external", "LEGACY"));
    assert.equal(project.read("Pulumi.dev.yaml"), written, "a repeat changed the file");

    await unchanged(
      project,
      "kv",
      "kv-cron",
      sample(requests(["/", "/about", "/proof", "/kv/", "/kv/a"], [undefined])),
    );
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
    listed(project, "rooms", [directory]);
    const input = JSON.stringify({ ...project.account, SIGNING_KEY: `${CANARY}sign` });
    const out = succeeded(await project.ws(["adopt", "room", "--stack", "dev", "--values", "-"], { input }));
    assert.match(out, /migration tag +v2/);
    await unchanged(
      project,
      "rooms",
      "room",
      sample(requests(["/", "/rooms/blue", "/rooms/", "/nowhere/", "/index.html"], [undefined])),
    );
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
    listed(project, "mono", [auth, web]);
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
    await unchanged(project, "mono", "web", sample(all));
  });
});

function failedJson(ran: { code: number | null; stdout: string; stderr: string }): string {
  assert.equal(ran.code, 1, ran.stdout + ran.stderr);
  return ran.stdout;
}
