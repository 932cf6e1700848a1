import { MARK } from "../../../packages/worker-secrets/src/program/mark.ts";
import { onCall } from "../../helpers/on-call.ts";
import type { Bench } from "./bench.ts";
import { API, CODE, ENTRIES, OTHER_CODE, PROGRAMS } from "./program.ts";
import type { Scene } from "./rows.ts";

/** Sets a scene, and gives what puts everything back. */
type Setting = (bench: Bench) => Promise<() => Promise<void> | void>;

export const SETTINGS: Readonly<Record<Scene, Setting>> = {
  async sound(bench) {
    await bench.cloudflare("POST", "/storage/kv/namespaces", { title: "imported" });
    return async () => {
      await bench.project.good("up", "--yes", "--skip-preview");
    };
  },
  async account(bench) {
    const { kept, api, foreign } = ENTRIES;
    bench.stack([api, { ...kept, scriptName: "renamed" }, foreign]);
    const restore = await setForeign(bench);
    return async () => {
      await restore();
      await bench.cloudflare("DELETE", "/workers/scripts/foreign-dev");
      await bench.cloudflare("DELETE", "/workers/scripts/api-dev/secrets/THEIRS");
      bench.stack();
    };
  },
  async end(bench) {
    bench.write("index.ts", PROGRAMS["without a Worker"]);
    bench.write("api/index.js", CODE.replace("hello", "due"));
    return () => {
      bench.write("index.ts", PROGRAMS.sound);
      bench.write("api/index.js", CODE);
    };
  },
  async "on call"(bench) {
    const call = onCall(bench.project, "api-dev");
    const id = await call.versionOf(0);
    await call.upload(OTHER_CODE);
    bench.write("api/index.js", CODE.replace("hello", "due later"));
    return async () => {
      await call.deploy([{ id, percentage: 100 }]);
      bench.write("api/index.js", CODE);
    };
  },
  async values(bench) {
    bench.write("api/wrangler.json", { ...API, secrets: { required: ["API_KEY", "MISSING", "TOO_LONG"] } });
    return () => bench.write("api/wrangler.json", API);
  },
  async settings(bench) {
    bench.write("api/wrangler.json", { ...API, env: { live: {} } });
    bench.stack(undefined, {
      "theirs:promoteFrom": "staging",
      "worker-secrets:secretsRevision": "-1",
      "worker-secrets:prod": "true",
    });
    return () => {
      bench.write("api/wrangler.json", API);
      bench.stack();
    };
  },
  async assets(bench) {
    bench.write("api/public/.env", "API_KEY=x\n");
    bench.write("api/wrangler.json", { ...API, assets: { directory: "public" } });
    return () => bench.write("api/wrangler.json", API);
  },
};

/** What somebody else has on the account and at the service: a secret, a script, the stack's Environment. Restores the Environment. */
export async function setForeign(bench: Bench): Promise<() => Promise<void>> {
  const { client, name, good } = bench.project;
  const environment = `${name}/dev`;
  await bench.cloudflare("PUT", "/workers/scripts/api-dev/secrets", {
    name: "THEIRS",
    text: "canary-of-somebody",
    type: "secret_text",
  });
  await onCall(bench.project, "foreign-dev").upload(OTHER_CODE);
  const stored = await client.environment(environment);
  if (stored === undefined) throw new Error("the stack has no Environment");
  await client.updateEnvironment(environment, stored.yaml.replace("values:\n", "values:\n  theirs: 1\n"));
  await good("env", "tag", environment, MARK, "somebody/else/dev");
  return async () => {
    await client.updateEnvironment(environment, stored.yaml);
    await good("env", "tag", environment, MARK, `${client.organization}/${environment}`);
  };
}
