import assert from "node:assert/strict";
import { startTools, type Tools } from "./real-tools.ts";

/** The real wrangler in a project of its own, against a sandbox. */
export interface Wrangler {
  readonly tools: Tools;
  /** Writes the configuration anew: what is not given is not there. */
  config(more?: object): void;
  /** Runs a command that has to succeed; gives everything it prints. */
  run(line: string, input?: string): Promise<string>;
  /** Runs a command that has to fail. */
  refused(line: string, input?: string): Promise<string>;
  /** What the deployed Worker finds in `env`. */
  env(): Promise<unknown>;
  close(): Promise<void>;
}

const WORKER = "export default { fetch: (request, env) => Response.json(env) };";

export async function startWrangler(name: string): Promise<Wrangler> {
  const tools = await startTools();
  tools.write("worker.js", WORKER);
  const call = (line: string, input?: string) => tools.sh(`node_modules/.bin/wrangler ${line}`, input);
  return {
    tools,
    config: (more = {}) =>
      void tools.write(
        "wrangler.json",
        JSON.stringify({ name, main: "worker.js", compatibility_date: "2026-11-01", ...more }),
      ),
    async run(line, input) {
      const { code, text } = await call(line, input);
      assert.equal(code, 0, `wrangler ${line}\n${text}`);
      return text;
    },
    async refused(line, input) {
      const { code, text } = await call(line, input);
      assert.notEqual(code, 0, `wrangler ${line} did not fail\n${text}`);
      return text;
    },
    env: async () => (await fetch(`${tools.sandbox.description.workers.url}/${name}/`)).json(),
    close: () => tools.close(),
  };
}

/** Takes the version's id out of what an upload or a deployment prints. */
export function versionIn(output: string): string {
  const id = /Version ID: ([0-9a-f-]{36})/.exec(output)?.[1];
  assert.ok(id, output);
  return id;
}
