import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask } from "../../../../tests/helpers/fixture.ts";
import { GOOD } from "../../../../tests/helpers/worker-folder.ts";
import { openWorld, type World } from "../../../../tests/helpers/world.ts";
import type { HostedStack } from "../../src/cli/engine/stack-host.ts";
import { type WsProject, wsProject } from "./stack-project.ts";
import { failed, succeeded } from "./ws-project.ts";

const code = (version: string) =>
  `export default { async fetch(request, env) { return Response.json({ version: "${version}", mode: env.MODE }); } };\n`;

describe("static assets and plain variables as part of the version", function () {
  this.timeout(180_000);
  let world: World;
  let project: WsProject;
  let dev: HostedStack;
  const name = "pages";
  const worker = {
    ...GOOD,
    vars: { MODE: "a" },
    assets: { directory: "./public", binding: "ASSETS", not_found_handling: "none" },
  };
  const put = (file: string, text: string) => writeFileSync(join(project.directory, file), text);
  const page = (text: string) => put("public/index.html", text);
  const serves = async (script = "sample-prod") => {
    const url = world.sandbox.description.workers.url;
    const [asset, answer] = [await ask(url, script, { path: "/" }), await ask(url, script, { path: "/v" })];
    return { page: asset.body, ...(JSON.parse(answer.body) as { version: string; mode: string }) };
  };
  const ws = (command: string, ...args: string[]) => project.ws(command, ...args);
  const fileOf = (stack: string) => readFileSync(join(project.root, `Pulumi.${stack}.yaml`), "utf8");

  before(async () => {
    world = await openWorld();
    const folder = join(world.folder, name, "worker/public");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "index.html"), "page one");
    writeFileSync(join(folder, "notes.txt"), "not for everybody");
    writeFileSync(join(folder, "_headers"), "/*\n  x-own: yes\n");
    writeFileSync(join(folder, ".assetsignore"), "notes.txt\n");
    dev = await world.stack({ project: name, worker, code: code("one") });
    project = await wsProject(world, {
      project: name,
      stack: "prod",
      worker,
      code: code("one"),
      config: { promoteFrom: "dev" },
    });
  });
  after(() => world?.close());

  it("are uploaded as wrangler would: .assetsignore and _headers count, and neither is a file of the site", async () => {
    await dev.up();
    const url = world.sandbox.description.workers.url;
    const index = await ask(url, "sample-dev", { path: "/" });
    assert.deepEqual([index.body, index.headers["x-own"]], ["page one", "yes"]);
    for (const path of ["/notes.txt", "/.assetsignore", "/_headers"])
      assert.match((await ask(url, "sample-dev", { path })).body, /"version":"one"/, path);
    const { changes } = await dev.preview();
    assert.deepEqual(Object.keys(changes), ["same"]);
  });

  it("are named by the preview that changes them, without a value", async () => {
    page("page two");
    put("wrangler.jsonc", JSON.stringify({ ...worker, vars: { MODE: "canary-mode" } }));
    const { text } = await dev.preview();
    assert.match(text, /"?\/index\.html"?\s*:/);
    assert.match(text, /~ MODE\s*:/);
    assert.ok(!text.includes("canary-mode"));
    put("wrangler.jsonc", JSON.stringify(worker));
    page("page one");
  });

  it("are refused by promote and by promoteFrom where the source has not run them", async () => {
    page("page two");
    const text = failed(await ws("promote", "dev", "prod", "--yes"));
    assert.match(text, /this checkout's static assets \(\w{12}…\) are not what dev serves/);
    await assert.rejects(
      project.host.preview(),
      /the code of 'sample' .* with its static assets .* is nothing that 'dev' has run/,
    );
    page("page one");
    put("wrangler.jsonc", JSON.stringify({ ...worker, vars: { MODE: "b", NEW: 1 } }));
    assert.match(
      failed(await ws("promote", "dev", "prod", "--yes")),
      /dev runs with other variables than this checkout declares for it: MODE, NEW/,
    );
    put("wrangler.jsonc", JSON.stringify(worker));
    succeeded(await ws("promote", "dev", "prod", "--yes"));
    assert.deepEqual(await serves(), { page: "page one", version: "one", mode: "a" });
  });

  it("stop a rollback that can't bring them back before anything changes, unless it is asked for code alone", async () => {
    page("page two");
    put("index.js", code("two"));
    put("wrangler.jsonc", JSON.stringify({ ...worker, vars: { MODE: "b" } }));
    await dev.up();
    succeeded(await ws("promote", "dev", "prod", "--yes"));
    const now = { page: "page two", version: "two", mode: "b" };
    assert.deepEqual(await serves(), now);
    const before = fileOf("prod");
    const refused = failed(await ws("rollback", "--yes"));
    assert.match(refused, /those of version 1 are kept nowhere, and this checkout has others: \/index\.html/);
    assert.match(refused, /--code-only/);
    assert.deepEqual([await serves(), fileOf("prod")], [now, before]);

    const alone = succeeded(await ws("rollback", "--yes", "--code-only"));
    assert.match(alone, /the static assets are this checkout's/);
    assert.match(alone, /Variables stay this checkout's; version 1 ran with others: MODE/);
    assert.deepEqual(await serves(), { ...now, version: "one" });
  });

  it("are brought back by a rollback from a checkout that has them", async () => {
    page("page one");
    const back = succeeded(await ws("rollback", "--yes", "--to", "1"));
    assert.match(back, /Rolled back: code, static assets and values are those of version 1/);
    assert.deepEqual(await serves(), { page: "page one", version: "one", mode: "b" });
  });

  it("with a name that stands for secrets stop preview, promote, doctor and adopt, and dev --write", async () => {
    put("public/.dev.vars", "API_KEY=x\n");
    const told = /everybody could read worker\/public\/\.dev\.vars/;
    await assert.rejects(dev.preview(), told);
    assert.match(failed(await ws("promote", "dev", "prod", "--yes")), told);
    assert.match((await ws("doctor")).stdout, /^FAIL {2}assets of sample: .*\.dev\.vars/m);
    put("public/.assetsignore", "notes.txt\n.dev.vars\n");
    await dev.preview();
    assert.match((await ws("doctor")).stdout, /^ok {4}assets of sample: 1 file, none/m);
    put("wrangler.jsonc", JSON.stringify({ ...worker, assets: { ...worker.assets, directory: "." } }));
    assert.match(
      failed(await ws("dev", "--write")),
      /worker\/\.dev\.vars: it would be in the folder of static assets/,
    );
  });
});
