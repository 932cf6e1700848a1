import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installPackages } from "../../helpers/packed.ts";
import type { ModuleSystem } from "../existing-project.ts";

/** Only the modules that it needs of the SDK: the whole has 1,553 of them, in each of the many runs. */
const IMPORTS = `import { Provider } from "@pulumi/cloudflare/provider.js";
import { R2Bucket } from "@pulumi/cloudflare/r2bucket.js";
import * as pulumi from "@pulumi/pulumi";
import * as ws from "worker-secrets";
`;

/** Takes the protection off every resource, and a secret out of an upload. */
const TRANSFORM = `
void pulumi.runtime.registerResourceTransform(({ type, props, opts }) => ({
  props: type !== "cloudflare:index/workersScript:WorkersScript" ? props : {
    ...props,
    bindings: pulumi.output(props.bindings as any[]).apply((all) => all.filter(({ name }) => name !== "API_KEY")),
  },
  opts: { ...opts, protect: false },
}));
`;

const THEIRS = `
const provider = new Provider("own", { apiToken: process.env.THEIR_TOKEN ?? "", baseUrl: process.env.THEIR_URL ?? "" });
export const bucket = new R2Bucket("files", { accountId: process.env.THEIR_ACCOUNT ?? "", name: "files" }, { provider }).name;
`;

const ENVIRONMENT = `
const plan = ws.plan();
const environment = new ws.StackEnvironment("environment", { plan });
const api = new ws.SecretWorker("api", { plan }, { dependsOn: environment });
`;
const KEPT = `const kept = new ws.SecretWorker("kept", { plan }, { dependsOn: environment });\n`;

/** The program's text: theirs with two Workers, or changed. */
export const PROGRAMS = {
  sound: IMPORTS + THEIRS + ENVIRONMENT + KEPT,
  "without a Worker": IMPORTS + THEIRS + ENVIRONMENT,
  "with a transform": IMPORTS + TRANSFORM + THEIRS + ENVIRONMENT + KEPT,
} as const;

export const CODE = `export default { fetch: () => new Response("hello") };\n`;
export const OTHER_CODE = CODE.replace("hello", "other");

export const API = {
  name: "api",
  main: "index.js",
  compatibility_date: "2026-10-01",
  secrets: { required: ["API_KEY"] },
};
const CACHED = { ...API, name: "kept", secrets: { required: [] }, kv_namespaces: [{ binding: "CACHE" }] };

/** Entries of `worker-secrets:workers`. The second Worker is protected, with what it declares. */
export const ENTRIES = {
  api: { directory: "api" },
  kept: { directory: "kept", protect: true, resources: { CACHE: { declare: true } } },
  foreign: { directory: "foreign" },
};

/** Writes a file below a project's folder, an object as JSON. */
export function write(root: string, file: string, content: unknown): void {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  mkdirSync(join(root, file, ".."), { recursive: true });
  writeFileSync(join(root, file), text);
}

/** A program that exists already, with the built packages installed. */
export function writeProject(
  root: string,
  name: string,
  { type, compilerOptions }: ModuleSystem,
  packages: ReadonlyMap<string, string>,
): void {
  for (const worker of [API, CACHED, { ...API, name: "foreign" }]) {
    write(root, `${worker.name}/index.js`, CODE);
    write(root, `${worker.name}/wrangler.json`, worker);
  }
  write(root, "Pulumi.yaml", { name, runtime: "nodejs" });
  write(root, "package.json", { name: "theirs", ...(type === undefined ? {} : { type }) });
  write(root, "tsconfig.json", { compilerOptions, files: ["index.ts"] });
  write(root, "index.ts", PROGRAMS.sound);
  installPackages(root, packages);
}

/** Writes the stack's file. */
export function writeStack(
  root: string,
  name: string,
  entries: readonly object[] = [ENTRIES.api, ENTRIES.kept],
  config: Readonly<Record<string, unknown>> = {},
): void {
  write(root, "Pulumi.dev.yaml", {
    environment: [`${name}/dev`],
    config: { "worker-secrets:workers": entries, ...config },
  });
}
