import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StackConfig } from "../../packages/worker-secrets/src/program/stack-config.ts";

export const CODE =
  "export default { async fetch(request, env) { return new Response(env.GREETING ?? 'ok'); } };\n";

/** A minimal good `wrangler.jsonc`; tests spread it and break one thing. */
export const GOOD = {
  name: "sample",
  main: "index.js",
  compatibility_date: "2026-10-01",
  secrets: { required: ["API_KEY", "TOP_SECRET"] },
};

/** Writes a Worker's folder below `root` and gives its path. `config` as a text is written as it is. */
export function workerFolder(root: string, name: string, config: unknown, code: string = CODE): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "wrangler.jsonc"),
    typeof config === "string" ? config : JSON.stringify(config, null, 2),
  );
  writeFileSync(join(folder, "index.js"), code);
  return folder;
}

const TOKEN = "t".repeat(40);

/** The outside of the program, as the engine would give it. `undefined` takes a key away. */
export function stackConfig(
  config: Record<string, string | undefined> = {},
  env: Record<string, string | undefined> = {},
): StackConfig {
  const values: Record<string, string | undefined> = {
    digest: "0123456789abcdef",
    accountId: "a".repeat(32),
    secrets: JSON.stringify({ API_KEY: "one", TOP_SECRET: "two" }),
    ...config,
  };
  return {
    project: "shop",
    stack: "dev",
    organization: "acme",
    formerKeys: [],
    keys: Object.keys(values).filter((key) => values[key] !== undefined && !key.includes(":")),
    get: (key) => values[key],
    getSecret: async (key) => values[key],
    provider: (provider, key) => values[`${provider}:${key}`],
    env: { PULUMI_ACCESS_TOKEN: TOKEN, CLOUDFLARE_API_TOKEN: TOKEN, ...env },
  };
}
