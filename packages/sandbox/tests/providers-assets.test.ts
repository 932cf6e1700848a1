import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempFolder } from "../../../tests/helpers/temp.ts";
import { result, serveConfigured, TOKEN } from "./providers-harness.ts";
import { inputs, SCRIPT, script, WORKER } from "./providers-workers-script-fixtures.ts";

const SESSION = `POST ${WORKER}/assets-upload-session`;
const UPLOAD = "POST /client/v4/accounts/acc/workers/assets/upload?base64=true";
const hash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 32);

describe("stand-in for cloudflare: WorkersScript with a folder of assets", () => {
  const { recorder, provider } = serveConfigured("cloudflare");
  const PAGE = "<h1>hello</h1>";
  const directory = tempFolder();

  before(async () => {
    await mkdir(join(directory, "css"));
    await writeFile(join(directory, "index.html"), PAGE);
    await writeFile(join(directory, "css", "a.css"), "a{}");
  });

  const withAssets = () => ({
    ...inputs,
    assets: {
      directory,
      config: { notFoundHandling: "404-page", headers: "/*\n  X: y", runWorkerFirst: ["/api/*"] },
    },
  });

  it("asks for a session, uploads what is asked for with its token, and sends the last token", async () => {
    recorder.reset({
      [SESSION]: result({ jwt: "session", buckets: [[hash(PAGE)]] }),
      [UPLOAD]: result({ jwt: "completed" }),
      [`PUT ${WORKER}`]: result({ ...script, has_assets: true }),
    });
    const given = withAssets();
    const { state } = await provider.create(SCRIPT, given);
    assert.deepEqual(recorder.calls, [SESSION, UPLOAD, `PUT ${WORKER}`]);
    const [session, upload, put] = recorder.seen;
    assert.deepEqual(JSON.parse(session?.body ?? ""), {
      manifest: {
        "/css/a.css": { hash: hash("a{}"), size: 3 },
        "/index.html": { hash: hash(PAGE), size: PAGE.length },
      },
    });
    assert.equal(session?.headers.authorization, `Bearer ${TOKEN}`);
    assert.equal(upload?.headers.authorization, "Bearer session");
    assert.match(upload?.body ?? "", new RegExp(`name="${hash(PAGE)}"; filename="[^"]*index\\.html"`));
    assert.match(upload?.body ?? "", /Content-Type: text\/html; charset=utf-8/);
    assert(upload?.body.includes(Buffer.from(PAGE).toString("base64")));
    assert.match(
      put?.body ?? "",
      /"assets":\{"config":\{"_headers":"[^"]+","not_found_handling":"404-page","run_worker_first":\["\/api\/\*"\]\},"jwt":"completed"\}/,
    );
    assert.deepEqual((state.assets as { jwt?: string }).jwt, undefined);
    assert.equal((await provider.diff(SCRIPT, state, given, given)).changed, false);

    await writeFile(join(directory, "css", "a.css"), "b{}");
    const { changed, detailed } = await provider.diff(SCRIPT, state, given, given);
    assert.equal(changed, true);
    assert.deepEqual(detailed, { "assets.assetManifestSha256": "UPDATE" });
  });

  it("uploads nothing when the API has all of them", async () => {
    recorder.reset({
      [SESSION]: result({ jwt: "at once", buckets: [] }),
      [`PUT ${WORKER}`]: result({ ...script, has_assets: true }),
    });
    await provider.create(SCRIPT, withAssets());
    assert.deepEqual(recorder.calls, [SESSION, `PUT ${WORKER}`]);
    assert.match(recorder.last().body, /"jwt":"at once"/);
  });

  it("says which folder is not there, before any call", async () => {
    recorder.reset({});
    const missing = { ...inputs, assets: { directory: join(directory, "none") } };
    await assert.rejects(provider.create(SCRIPT, missing, true), /Error reading asset files: .*none/);
    assert.deepEqual(recorder.calls, []);
  });
});
