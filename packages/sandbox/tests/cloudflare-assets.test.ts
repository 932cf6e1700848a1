import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before } from "mocha";
import {
  type Half,
  identity,
  newFolder,
  removeFolder,
  SCRIPTS,
  startHalf,
  upload,
} from "./cloudflare-harness.ts";

const FILES = { "/index.html": "<h1>home</h1>", "/style.css": "h1 {}", "/docs/page.html": "a page" };
const WORKER = `export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    return pathname === "/code" ? new Response("by code") : env.ASSETS.fetch(request);
  },
};`;

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 32);
const manifestOf = (files: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(files).map(([path, text]) => [
      path,
      { hash: hashOf(text), size: Buffer.byteLength(text) },
    ]),
  );

interface Session {
  readonly jwt: string;
  readonly buckets: readonly (readonly string[])[];
}

describe("sandbox/cloudflare: static assets", function () {
  this.timeout(60_000);
  const folder = newFolder();
  let half: Half;
  before(async () => {
    half = await startHalf(folder);
  });
  after(async () => {
    await half.stop();
    removeFolder(folder);
  });

  const begin = async (script: string, files: Readonly<Record<string, string>>) => {
    const path = `${SCRIPTS}/${script}/assets-upload-session`;
    const { body } = await half.call("POST", path, { manifest: manifestOf(files) });
    assert.equal(body.success, true, JSON.stringify(body.errors));
    return body.result as unknown as Session;
  };
  const send = async (token: string, texts: readonly string[], query = "?base64=true") => {
    const form = new FormData();
    for (const text of texts) {
      const hash = hashOf(text);
      const type = text.startsWith("<") ? "text/html" : "application/null";
      form.append(hash, new File([Buffer.from(text).toString("base64")], hash, { type }));
    }
    const answer = await fetch(`${half.api}/accounts/${identity.accountId}/workers/assets/upload${query}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: form,
    });
    const body = (await answer.json()) as {
      errors: { code: number }[];
      result: { jwt: string | null } | null;
    };
    return { status: answer.status, codes: body.errors.map(({ code }) => code), jwt: body.result?.jwt };
  };
  const complete = async (script: string, files: Readonly<Record<string, string>>) => {
    const { jwt, buckets } = await begin(script, files);
    const wanted = Object.values(files).filter((text) => buckets.flat().includes(hashOf(text)));
    return wanted.length === 0 ? jwt : ((await send(jwt, wanted)).jwt ?? "");
  };
  const get = async (path: string) => {
    const answer = await fetch(`${half.workersUrl}${path}`);
    return [answer.status, await answer.text()];
  };

  it("asks for each file once, and is done when the last one is there", async () => {
    const { jwt, buckets } = await begin("site", { ...FILES, "/copy.html": FILES["/index.html"] });
    assert.deepEqual(buckets.flat().sort(), Object.values(FILES).map(hashOf).sort());
    assert.deepEqual(await send(jwt, [FILES["/index.html"]]), { status: 202, codes: [], jwt: null });
    const rest = await begin("site", FILES);
    assert.equal(rest.buckets.flat().length, 2);
    const done = await send(jwt, [FILES["/style.css"], FILES["/docs/page.html"]]);
    assert.equal(done.status, 201);
    const claims = JSON.parse(Buffer.from(done.jwt?.split(".")[1] ?? "", "base64").toString()) as {
      exp: number;
    };
    assert.ok(claims.exp > Date.now() / 1000);
    // Nothing is missing any more: the first answer is the last.
    const again = await begin("site", FILES);
    assert.deepEqual(again.buckets, []);
    assert.equal((await half.call("PUT", `${SCRIPTS}/site`, assetsOnly(again.jwt))).status, 200);
  });
  const assetsOnly = (jwt: string, more: object = {}) => {
    const form = new FormData();
    const metadata = { compatibility_date: "2026-11-01", assets: { jwt, config: {} }, ...more };
    form.append("metadata", new Blob([JSON.stringify(metadata)], { type: "application/json" }));
    return form;
  };
  it("refuses wrong tokens, files and sizes", async () => {
    const { jwt } = await begin("wrong", { "/new": "new text" });
    assert.deepEqual((await send(identity.token, ["new text"])).codes, [10000]);
    assert.deepEqual((await send(`${jwt}x`, ["new text"])).codes, [10000]);
    assert.deepEqual((await send(jwt, ["not in the manifest"])).codes, [10026]);
    assert.deepEqual((await send(jwt, ["new text"], "")).codes, [10026]);
    const path = `${SCRIPTS}/wrong/assets-upload-session`;
    const size = await half.call("POST", path, {
      manifest: { "/new": { hash: hashOf("new text"), size: 3 } },
    });
    assert.deepEqual((await send((size.body.result as unknown as Session).jwt, ["new text"])).codes, [10026]);
    assert.deepEqual(
      (await half.call("POST", path, { manifest: { new: { hash: "0", size: 3 } } })).codes,
      [10026],
    );
    const large = { "/large": { hash: "0".repeat(32), size: 26 * 1024 * 1024 } };
    assert.deepEqual((await half.call("POST", path, { manifest: large })).codes, [10026]);
    // A token of the upload does not complete it, nor one of another Worker.
    assert.deepEqual((await half.call("PUT", `${SCRIPTS}/wrong`, assetsOnly(jwt))).codes, [10000]);
    const other = await complete("site", FILES);
    assert.deepEqual((await half.call("PUT", `${SCRIPTS}/wrong`, assetsOnly(other))).codes, [10021]);
    assert.deepEqual(
      (await half.call("PUT", `${SCRIPTS}/wrong`, assetsOnly("", { assets: {} }))).codes,
      [10021],
    );
    assert.equal((await half.call("GET", `${SCRIPTS}/wrong/settings`)).status, 404);
  });
  it("serves a Worker that is files alone", async () => {
    assert.deepEqual(await get("/site/"), [200, "<h1>home</h1>"]);
    assert.deepEqual(await get("/site/docs/page"), [200, "a page"]);
    assert.equal((await get("/site/nothing"))[0], 404);
    const { result } = (await half.call("GET", "/accounts/A/workers/services/site")).body;
    const { script } = result.default_environment as { script: Record<string, unknown> };
    assert.deepEqual([script.has_assets, script.has_modules], [true, false]);
  });
  it("serves files next to code, and keeps them on request", async () => {
    const bindings = [{ name: "ASSETS", type: "assets" }];
    const jwt = await complete("mixed", FILES);
    const config = { run_worker_first: true, not_found_handling: "single-page-application" };
    const put = await half.call(
      "PUT",
      `${SCRIPTS}/mixed`,
      upload(WORKER, { bindings, assets: { jwt, config } }),
    );
    assert.equal(put.status, 200, JSON.stringify(put.body.errors));
    assert.equal(put.body.result.has_assets, true);
    assert.deepEqual(await get("/mixed/code"), [200, "by code"]);
    assert.deepEqual(await get("/mixed/style.css"), [200, "h1 {}"]);
    assert.deepEqual(await get("/mixed/any/where"), [200, "<h1>home</h1>"]);

    await half.call("PUT", `${SCRIPTS}/mixed`, upload(`${WORKER}\n`, { bindings, keep_assets: true }));
    assert.deepEqual(await get("/mixed/style.css"), [200, "h1 {}"]);
    const plain = "export default { fetch: () => new Response('alone') };";
    const none = await half.call("PUT", `${SCRIPTS}/mixed`, upload(plain));
    assert.equal(none.body.result.has_assets, false);
    assert.deepEqual(await get("/mixed/style.css"), [200, "alone"]);
    assert.deepEqual(
      (await half.call("PUT", `${SCRIPTS}/mixed`, upload(plain, { keep_assets: true }))).codes,
      [10021],
    );
  });
  it("keeps the files over a restart", async () => {
    await half.stop();
    half = await startHalf(folder);
    assert.deepEqual(await get("/site/"), [200, "<h1>home</h1>"]);
  });
});
