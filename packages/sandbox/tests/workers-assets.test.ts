import assert from "node:assert/strict";
import { after, before } from "mocha";
import type { AssetsConfig, RuntimeAssets, WorkersRuntime } from "../src/workers/index.ts";
import { newFolder, removeFolder } from "./cloudflare-harness.ts";
import { ask, live, startOn } from "./workers-harness.ts";

function assetsOf(files: Readonly<Record<string, string>>, config: AssetsConfig = {}): RuntimeAssets {
  return {
    files: new Map(Object.entries(files).map(([path, text]) => [path, { hash: path, size: text.length }])),
    read: (hash) => Buffer.from(files[hash] ?? ""),
    config,
  };
}

const FILES = { "/index.html": "home", "/about.html": "about", "/404.html": "nothing", "/a b/ü.txt": "odd" };
const CODE = "export default { fetch: (r, env) => new Response('code ' + new URL(r.url).pathname) };";

describe("sandbox/workers: static assets", () => {
  const folder = newFolder();
  let runtime: WorkersRuntime;
  before(async () => {
    runtime = await startOn(folder);
  });
  after(async () => {
    await runtime.close();
    removeFolder(folder);
  });
  const get = async (path: string) => {
    const { status, text } = await ask(runtime, "site.localhost", path);
    return `${status} ${text}`;
  };

  it("come before the code", async () => {
    runtime.deploy("site", live({ source: CODE, assets: assetsOf(FILES) }));
    assert.equal(await get("/"), "200 home");
    assert.equal(await get("/about"), "200 about");
    assert.equal(await get("/a%20b/%C3%BC.txt"), "200 odd");
    assert.equal(await get("/other"), "200 code /other");
  });

  it("follow their configuration", async () => {
    const first = { run_worker_first: ["/about", "!/about/x"] };
    runtime.deploy("site", live({ source: CODE, assets: assetsOf(FILES, first) }));
    assert.equal(await get("/"), "200 home");
    assert.equal(await get("/about"), "200 code /about");
    const _headers = "/about\n  x-own: yes";
    const _redirects = "/old /about 301";
    const rest: AssetsConfig = { html_handling: "none", _headers, _redirects };
    runtime.deploy("site", live({ source: CODE, assets: assetsOf(FILES, rest) }));
    assert.equal(await get("/about"), "200 code /about");
    assert.equal(await get("/about.html"), "200 about");
    assert.match(await get("/old"), /^301/);
    assert.equal(await get("/_headers"), "200 code /_headers");
  });

  it("need no code", async () => {
    const pages = assetsOf(FILES, { not_found_handling: "404-page" });
    const alone = { source: "", handlers: [], modules: [], mainModule: "", assets: pages };
    runtime.deploy("site", live(alone));
    assert.equal(await get("/other"), "404 nothing");
    const app = { ...alone, assets: assetsOf(FILES, { not_found_handling: "single-page-application" }) };
    runtime.deploy("site", live(app));
    assert.equal(await get("/other"), "200 home");
  });

  it("are at hand in the code", async () => {
    runtime.deploy(
      "site",
      live({
        source:
          "export default { async fetch(r, { ASSETS }) { return new Response('with ' + await (await ASSETS.fetch(r)).text()); } };",
        assets: assetsOf(FILES, { run_worker_first: true }),
        bindings: [{ name: "ASSETS", type: "assets" }],
      }),
    );
    assert.equal(await get("/about"), "200 with about");
  });
});
