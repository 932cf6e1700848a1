import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderComment } from "../../packages/worker-secrets/src/cli/ci/render.ts";
import { parseReport } from "../../packages/worker-secrets/src/cli/ci/report.ts";
import { setVariables } from "../../packages/worker-secrets/src/cli/project/init-environments.ts";
import { proveWorker } from "../../packages/worker-secrets/src/cli/project/worker-proof.ts";
import type { Ended } from "../helpers/process.ts";
import { lookAtRun, lookAtSandbox, lookAtTheRest, lookAtWatched } from "./collect.ts";
import { ACCESS, DEPLOY, EXCEPTIONS, SECRET } from "./exceptions.ts";
import { Findings, type Place } from "./findings.ts";
import { CANARY, canary, newMark, RUN_MARK } from "./marker.ts";
import { scanner } from "./scan.ts";
import { openScene, ROOT, type RunOptions, type Scene } from "./scene.ts";
import { type Watcher, watch } from "./watcher.ts";

const AWKWARD = ' "q" \\ + % é\n$HOME';

describe("leak: every flow, and every place where a secret could show", function () {
  this.timeout(300_000);
  const accessToken = `access-${newMark()}-${newMark()}`;
  let deployToken = "";
  let scene: Scene;
  let findings: Findings;
  let watcher: Watcher;
  let apart = "";
  const values = { PROOF_KEY: canary(), TOP_SECRET: canary(AWKWARD) };

  before(async () => {
    scene = await openScene(accessToken);
    deployToken = await makeDeployToken(scene);
    const needles = [
      { label: SECRET, text: RUN_MARK },
      { label: ACCESS, text: accessToken },
      { label: DEPLOY, text: deployToken },
    ];
    findings = new Findings(scanner(needles), EXCEPTIONS);
    watcher = await watch([scene.folders.temporary], needles);
  });
  after(() => scene?.close());

  const ends = async (place: Place, title: string, well: boolean, running: Promise<Ended>): Promise<void> => {
    const ended = await running;
    lookAtRun(findings, place, title, ended);
    assert.equal(ended.code === 0, well, `${title}\n${ended.stdout}\n${ended.stderr}`);
  };
  const ws = (args: readonly string[], options?: RunOptions, place: Place = "output") =>
    ends(place, `ws ${args[0]}`, true, scene.ws(args, options));
  const pulumi = (args: readonly string[], place: Place = "output") =>
    ends(place, `pulumi ${args.join(" ")}`, true, scene.pulumi(args));
  const fails = (title: string, running: Promise<Ended>) => ends("errors", title, false, running);
  const store = (name: keyof typeof values, value: string) =>
    setVariables(scene.client, "worker-secrets/dev-secrets", [{ name, value, secret: true }]);
  const account = () => ({
    CLOUDFLARE_ACCOUNT_ID: scene.sandbox.cloudflare.accountId,
    CLOUDFLARE_API_TOKEN: deployToken,
  });
  const given = (more: object) => ({ input: JSON.stringify({ ...account(), ...more }) });

  it("ws init, and its refusals", async () => {
    const wrong = { ...values, PROOF_KEY: `${CANARY}${"x".repeat(6000)}`, TYPO: canary() };
    await fails("init with values that can't be", scene.ws(["init", "dev", "--values", "-"], given(wrong)));
    const badToken = { ...values, CLOUDFLARE_API_TOKEN: canary().slice(0, 60) };
    await fails("init with a bad token", scene.ws(["init", "dev", "--values", "-"], given(badToken)));
    await fails(
      "init with lines that are none",
      scene.ws(["init", "dev", "--values", "-"], { input: canary() }),
    );
    await fails("init, a value as an option", scene.ws(["init", "dev", "--value"]));
    await ws(["init", "dev", "--values", "-"], given(values));
  });

  it("pulumi preview --diff and up --diff --show-full-output, with every part a process of its own", async () => {
    await pulumi(["preview", "--diff", "--stack", "dev"], "preview");
    await pulumi(["up", "--yes", "--diff", "--show-full-output", "--stack", "dev"]);
    const { url } = scene.sandbox.workers;
    await proveWorker(url, "worker-secrets-sample-dev", values.PROOF_KEY, () => undefined);
    await store("TOP_SECRET", canary(AWKWARD));
    await pulumi(["preview", "--diff", "--stack", "dev"], "preview");
    await pulumi(["stack", "--show-urns", "--stack", "dev"]);
    await pulumi(["stack", "export", "--stack", "dev"], "state");
    await pulumi(["env", "get", "worker-secrets/dev"]);
  });

  it("an up with -v=9 --logtostderr: our own process, and the engine's log apart", async () => {
    const log = join(scene.folders.all, "engine.log");
    const script = join(import.meta.dirname, "verbose-run.ts");
    const args = [script, scene.folders.project, "dev", log];
    await ends("verbose", "an up", true, scene.run(process.execPath, args));
    const engine = readFileSync(log, "utf8");
    assert.ok(engine.length > 10_000, "the engine logged little: it was not verbose");
    const secrets = [
      { label: SECRET, text: RUN_MARK },
      { label: DEPLOY, text: deployToken },
    ];
    const { scan } = scanner(secrets);
    const lines = engine.split("\n").filter((line) => scan(line).length > 0).length;
    apart = `apart: the engine's own log at -v=9, ${engine.length} bytes, shows secrets in ${lines} lines`;
  });

  it("a job's preview: its output, report and summary, and the pull request's comment", async () => {
    await store("TOP_SECRET", canary(AWKWARD));
    const at = (name: string) => join(scene.folders.project, name);
    const args = [
      join(ROOT, "packages/worker-secrets/src/cli/ci/stack.ts"),
      "preview",
      "dev",
      at("report.json"),
    ];
    const env = { PULL: "7", HEAD_SHA: "a".repeat(40), PROJECT_ROOT: scene.folders.project };
    const job = scene.run(process.execPath, args, { env: { ...env, GITHUB_STEP_SUMMARY: at("summary.md") } });
    await ends("preview", "a job's preview", true, job);
    for (const file of ["report.json", "summary.md"]) findings.look("preview", file, readFileSync(at(file)));
    const report = parseReport("report.json", readFileSync(at("report.json"), "utf8"));
    findings.look("preview", "the comment", renderComment(report, "https://github.com/a/b/actions/runs/1"));
  });

  it("doctor by npm, drift, rotate and promote", async () => {
    const doctor = ["run", "ws", "--", "doctor", "--stack", "dev", "--root", scene.folders.project];
    await ends("npm", "npm run ws -- doctor", true, scene.run("npm", doctor, { cwd: ROOT }));
    // The job's preview has left a value that is not deployed.
    await fails("drift", scene.ws(["drift", "--stack", "dev", "--json"]));
    await fails(
      "rotate, a value as an argument",
      scene.ws(["rotate", "PROOF_KEY", "--value", "x", "--stack", "dev"]),
    );
    await ws(["rotate", "PROOF_KEY", "--value", "-", "--stack", "dev"], { input: canary() });
    await ws(["init", "prod", "--values", "-"], given({ PROOF_KEY: canary(), TOP_SECRET: canary() }));
    await ws(["promote", "dev", "prod", "--yes"]);
  });

  it("failing runs of the program and the commands", async () => {
    const code = join(scene.folders.project, "worker/src/index.ts");
    const good = readFileSync(code, "utf8");
    const preview = (title: string) => fails(title, scene.pulumi(["preview", "--diff", "--stack", "dev"]));
    const throwing = 'import { env } from "cloudflare:workers";\nthrow new Error(String(env.PROOF_KEY));\n';
    writeFileSync(code, throwing + good);
    const up = scene.pulumi(["up", "--yes", "--skip-preview", "--stack", "dev"]);
    await fails("a Worker that throws its secret as it starts", up);
    writeFileSync(code, `${good}\nconst = ;`);
    await preview("code that can't be parsed");
    writeFileSync(code, good);
    await store("PROOF_KEY", canary("x".repeat(6000)));
    await preview("a value that is too long");
    const document = (top: string) =>
      scene.client.updateEnvironment(
        "worker-secrets/dev-secrets",
        `values:\n  environmentVariables:\n    PROOF_KEY: {fn::secret: ${canary()}}\n    TOP_SECRET: ${top}\n`,
      );
    const refused = await document(`{fn::fromJSON: {fn::secret: ${canary()}}}`).catch(
      (error: unknown) => error,
    );
    assert.ok(refused instanceof Error, "the document was taken");
    findings.look("errors", "an Environment that can't be evaluated", refused.message);
    await document(`[{fn::secret: ${canary()}}]`);
    await preview("a value that is no text");
    for (const command of ["doctor", "drift"])
      await fails(`${command} over it`, scene.ws([command, "--stack", "dev"]));
    await scene.client.updateEnvironment("worker-secrets/dev-secrets", "values: {}\n");
    await ws(["init", "dev", "--values", "-"], given(values));
    await putForeignSecret(scene, canary());
    await preview("a secret that somebody else put on the Worker");
  });

  it("teardown", async () => {
    // Before it takes the stack's states and events away.
    await lookAtSandbox(findings, scene);
    await ws(["teardown", "--stack", "dev", "--yes", "dev"]);
  });

  it("has shown no secret anywhere", async () => {
    lookAtWatched(findings, scene, await watcher.stop());
    await lookAtSandbox(findings, scene);
    lookAtTheRest(findings, scene);
    console.log(`${findings.report()}\n  ${apart}`);
    assert.equal(findings.told(), "");
    // Nothing may be left behind, so that there is nothing to look at.
    assert.deepEqual(findings.unseen(), ["left"]);
    assert.deepEqual(findings.unused(), []);
  });
});

/** A token of its own: the CLI masks the one that it is logged in with, wherever it would print it. */
async function makeDeployToken({ sandbox }: Scene): Promise<string> {
  const { url, accountId, token } = sandbox.cloudflare;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const tokens = `${url}/accounts/${accountId}/tokens`;
  const groups = (await (await fetch(`${tokens}/permission_groups`, { headers })).json()) as {
    result: { id: string; name: string }[];
  };
  const permission_groups = groups.result
    .filter(({ name }) =>
      /^Workers (Scripts|KV Storage|Routes) (Read|Write)$|^Account Settings Read$/.test(name),
    )
    .map(({ id }) => ({ id }));
  const resources = { [`com.cloudflare.api.account.${accountId}`]: "*" };
  const body = JSON.stringify({
    name: "deploy",
    policies: [{ effect: "allow", permission_groups, resources }],
  });
  const made = (await (await fetch(tokens, { method: "POST", headers, body })).json()) as {
    result: { value: string };
  };
  return made.result.value;
}

async function putForeignSecret({ sandbox }: Scene, text: string): Promise<void> {
  const { url, accountId, token } = sandbox.cloudflare;
  const path = `${url}/accounts/${accountId}/workers/scripts/worker-secrets-sample-dev/secrets`;
  const put = await fetch(path, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "FOREIGN", text, type: "secret_text" }),
  });
  assert.equal(put.status, 200);
}
