import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg, totalmem } from "node:os";

/** Where and with what a run was made. */
export interface Machine {
  readonly date: string;
  readonly node: string;
  readonly engine: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly processors: number;
  readonly processor: string;
  readonly memoryGB: number;
  /** Load of the last minute as the run began: more than the number of processors means that others were at work. */
  readonly load: string;
}

const PACKAGES = ["@pulumi/pulumi", "@pulumi/cloudflare", "@pulumi/pulumiservice", "wrangler", "miniflare"];

export function machine(engine: string): Machine {
  const require = createRequire(import.meta.url);
  const version = (name: string) => {
    const text = readFileSync(require.resolve(`${name}/package.json`), "utf8");
    return (JSON.parse(text) as { version: string }).version;
  };
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    engine,
    packages: Object.fromEntries(PACKAGES.map((name) => [name, version(name)])),
    processors: cpus().length,
    processor: cpus()[0]?.model ?? "unknown",
    memoryGB: Math.round(totalmem() / 2 ** 30),
    load: (loadavg()[0] ?? 0).toFixed(1),
  };
}
