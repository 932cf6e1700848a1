import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempFolder } from "../../../tests/helpers/temp.ts";
import { installStandIns, type StandIns, startStandIns } from "../src/providers/index.ts";
import type { Provider } from "./providers-engine.ts";
import { Harness, result } from "./providers-harness.ts";
import { inputs, SCRIPT, script, WORKER } from "./providers-workers-script-fixtures.ts";

const CODE = "export default {}";
const contentSha256 = createHash("sha256").update(CODE).digest("hex");

/** Tests attach stand-ins to their own process; commands let the engine start them. Both have to be the same plugin. */
describe("a stand-in that is attached is the one that the engine starts", () => {
  const harness = new Harness();
  const folder = tempFolder();
  const home = tempFolder();
  const environment: Record<string, string> = {};
  let child: ChildProcess | undefined;
  let attached: StandIns | undefined;
  let forms: Readonly<Record<"attached" | "started", Provider>>;
  const decoy = process.env.CLOUDFLARE_API_TOKEN;

  before(async () => {
    await harness.start();
    await mkdir(join(folder, "public"));
    await writeFile(join(folder, "public/index.html"), "<h1>x</h1>");
    await symlink("index.html", join(folder, "public/link.html"));
    await writeFile(join(folder, "worker.js"), CODE);
    await writeFile(join(home, "worker.js"), CODE);
    Object.assign(environment, harness.environment, { HOME: home, CLOUDFLARE_API_TOKEN: "of-the-engine" });
    // A variable of the process that attaches; the engine hands nothing of it to a plugin.
    process.env.CLOUDFLARE_API_TOKEN = "of-this-process";
    const { installed } = await installStandIns(home);
    const file = join(installed[0] ?? "", "pulumi-resource-cloudflare");
    const env = { PATH: process.env.PATH, ...environment };
    child = spawn(file, ["127.0.0.1:1"], { cwd: folder, env, stdio: ["pipe", "pipe", "inherit"] });
    const [port] = (await once(child.stdout ?? assert.fail(), "data")) as [Buffer];
    attached = await startStandIns({ environment: () => environment, folder: () => folder });
    const attachedPort = /cloudflare:(\d+)/.exec(attached.env.PULUMI_DEBUG_PROVIDERS)?.[1];
    forms = {
      started: harness.open(() => `127.0.0.1:${Number(port)}`),
      attached: harness.open(() => `127.0.0.1:${attachedPort}`),
    };
    for (const form of Object.values(forms)) await form.configure();
  });

  after(async () => {
    if (decoy === undefined) delete process.env.CLOUDFLARE_API_TOKEN;
    else process.env.CLOUDFLARE_API_TOKEN = decoy;
    child?.stdin?.end();
    await attached?.close();
    await harness.close();
  });

  /** What both forms make of it, which has to be the same. */
  async function both<T>(work: (provider: Provider) => Promise<T>): Promise<T> {
    const started = await work(forms.started);
    assert.deepEqual(await work(forms.attached), started);
    return started;
  }
  const { content: _, ...rest } = inputs;

  it("finds assets by a path that is relative to the engine's folder, a link with its own size", async () => {
    const SESSION = `POST ${WORKER}/assets-upload-session`;
    harness.recorder.reset({
      [SESSION]: result({ jwt: "session", buckets: [] }),
      [`PUT ${WORKER}`]: result(script),
    });
    const { manifest, state } = await both(async (provider) => {
      harness.recorder.seen.length = 0;
      const { state } = await provider.create(SCRIPT, { ...inputs, assets: { directory: "public" } });
      return { manifest: JSON.parse(harness.recorder.seen[0]?.body ?? "").manifest, state };
    });
    assert.deepEqual(Object.keys(manifest), ["/index.html", "/link.html"]);
    assert.equal(manifest["/link.html"].size, "index.html".length);
    assert.equal(state.__meta, '{"schema_version":"500"}');
  });

  it("reports a folder of assets that is not there as the real plugin does", async () => {
    const text = await both((provider) =>
      provider.create(SCRIPT, { ...inputs, assets: { directory: "room/public" } }, true).then(
        () => "",
        (error: unknown) => String(error),
      ),
    );
    const missing = join(folder, "room/public");
    assert.ok(text.includes(`Error reading asset files: lstat ${missing}: no such file or directory`), text);
  });

  it("finds code by a path that is relative to the engine's folder, or to the home of its environment", async () => {
    for (const [contentFile, found] of [
      ["worker.js", true],
      ["~/worker.js", true],
      ["no-such-file.js", false],
      ["~/no-such-file.js", false],
    ] as const) {
      const { failures } = await both((provider) =>
        provider.check(SCRIPT, { ...rest, contentFile, contentSha256 }),
      );
      assert.equal(failures.length === 0, found, `${contentFile}: ${failures.join()}`);
    }
  });

  it("has the variables of the engine's environment and no other", async () => {
    harness.recorder.reset({ [`PUT ${WORKER}`]: result(script) });
    const authorization = await both(async (provider) => {
      await provider.create(SCRIPT, inputs);
      return harness.recorder.last().headers.authorization;
    });
    assert.equal(authorization, "Bearer of-the-engine");
  });
});
