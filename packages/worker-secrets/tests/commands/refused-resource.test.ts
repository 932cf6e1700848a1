import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { askWorker } from "../../../../tests/helpers/ask-worker.ts";
import { GOOD } from "../../../../tests/helpers/worker-folder.ts";
import { CANARY, type WsStack, wsStack } from "./rotate-harness.ts";

const CODE = `export default {
  async fetch(request, env) {
    const asked = await request.text();
    return Response.json({ holds: Object.keys(env).filter((name) => env[name] === asked) });
  },
  async scheduled() {},
};\n`;
const HOST = "www.refused-tests.dev";

/** Resources that come after the Worker's script in an `up`: the new code is live when an API refuses them. */
describe("a resource that the API refuses in the middle of an up", () => {
  let stack: WsStack;
  const storedValue = async (name: string) => {
    const opened = await stack.world.client.openEnvironment("refused/dev-secrets");
    return String(Object(opened.environmentVariables)[name]);
  };
  const configure = (more: object) =>
    writeFileSync(join(stack.root, "worker/wrangler.jsonc"), JSON.stringify({ ...GOOD, ...more }));
  const cloudflare = async (path: string, body?: object) => {
    const { url, token } = stack.world.sandbox.description.cloudflare;
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const call = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
    const answer = await globalThis.fetch(`${url}/${path}`, call);
    return ((await answer.json()) as { result: unknown }).result;
  };

  before(async () => {
    const secrets = { API_KEY: `${CANARY}api`, TOP_SECRET: `${CANARY}top` };
    stack = await wsStack({ project: "refused", code: CODE, secrets });
    await stack.host.up();
    const { accountId } = stack.world.sandbox.description.cloudflare;
    await cloudflare("zones", { name: "refused-tests.dev", account: { id: accountId } });
  });
  after(() => stack?.close());

  it("is named by rotate with the Worker, the code and the next step; the repeat finishes it", async () => {
    configure({ triggers: { crons: ["*/5 * * * *"] } });
    const path = "/client/v4/accounts/*/workers/scripts/*/schedules";
    stack.world.sandbox.injectFaults({ rules: [{ fault: { kind: "expired-token" }, method: "PUT", path }] });
    const text = await stack.refused(["rotate", "TOP_SECRET", "--generate", "--stack", "dev"]);
    stack.world.sandbox.injectFaults(undefined);
    assert.match(
      text,
      /Cloudflare refused to create WorkersCronTrigger '[\w-]+' of Worker 'sample-dev': HTTP 401, Authentication error \(code 10000\)/,
    );
    assert.equal(
      text.match(/npx worker-secrets doctor names the permission that it lacks/g)?.length,
      1,
      text,
    );
    assert.equal(text.match(/the same command again/gi)?.length, 1, text);
    assert.match(text, /deployed in part; live are .*Worker 'sample-dev' \(updated\)/);
    const stored = await storedValue("TOP_SECRET");
    const { url } = stack.world.sandbox.description.workers;
    assert.deepEqual((await askWorker(url, "sample-dev", stored)).holds, ["TOP_SECRET"]);

    await stack.good(["rotate", "TOP_SECRET", "--generate", "--stack", "dev"]);
    const { accountId } = stack.world.sandbox.description.cloudflare;
    const { schedules } = Object(
      await cloudflare(`accounts/${accountId}/workers/scripts/sample-dev/schedules`),
    );
    assert.equal(schedules.length, 1);
  });

  it("is named in the report of CI's up as well", async () => {
    configure({
      triggers: { crons: ["*/5 * * * *"] },
      routes: [{ pattern: HOST, custom_domain: true }],
    });
    const path = "/client/v4/accounts/*/workers/domains";
    stack.world.sandbox.injectFaults({ rules: [{ fault: { kind: "503" }, method: "PUT", path }] });
    const report = join(stack.world.folder, "report.json");
    const ended = await stack.cli.run(["up", "dev", report], {
      program: [process.execPath, "packages/worker-secrets/src/cli/ci/stack.ts"],
      env: { HEAD_SHA: "a".repeat(40), PULL: "7", PROJECT_ROOT: stack.root },
    });
    stack.world.sandbox.injectFaults(undefined);
    assert.equal(ended.code, 1, ended.stderr);
    const { problems } = JSON.parse(readFileSync(report, "utf8"));
    assert.match(
      problems[0],
      /^Cloudflare refused to create WorkersCustomDomain '[\w.-]+' of Worker 'sample-dev': HTTP 503, .* \(code 10013\)$/,
    );
    assert.deepEqual(problems.slice(1), [
      "Done before that:",
      "sandbox/refused/dev: deployed in part; live are WorkersScriptSubdomain 'sample' (updated)",
      "Not known, because no answer confirms or refuses it:",
      `whether WorkersCustomDomain '${HOST}' was changed; look: pulumi refresh --preview-only --stack sandbox/refused/dev`,
      "Cloudflare could not do it now: wait a moment.",
      "Then run the same command again: it goes on from there.",
    ]);
  });
});
