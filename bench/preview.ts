import { enableCompileCache } from "node:module";

/** One preview in a process of its own: `node bench/preview.ts stack|empty`, its world in `BENCH_WORLD` (JSON). */
enableCompileCache();
const { hostStack } = await import("../cli/stack-host.ts");

const world = JSON.parse(process.env.BENCH_WORLD ?? "{}") as {
  project: string;
  organization: string;
  root: string;
  engine: string;
  env: Record<string, string>;
};
const empty = process.argv[2] === "empty";
const host = await hostStack({
  ...world,
  stack: empty ? "empty" : "dev",
  ...(empty ? { program: async () => ({}) } : {}),
});
const { changes } = await host.preview();
await host.close();
const unchanged = Object.keys(changes).every((kind) => kind === "same");
if (!unchanged) console.error(`not a no-change preview: ${JSON.stringify(changes)}`);
process.exit(unchanged ? 0 : 1);
