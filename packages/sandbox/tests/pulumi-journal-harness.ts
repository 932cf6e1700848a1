import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation/index.js";
import { enginePath } from "../../../tests/helpers/world.ts";
import { guardInlinePrograms } from "../../worker-secrets/src/cli/engine/inline-program.ts";
import type { Properties } from "../src/providers/properties.ts";
import type { Provider, Resource } from "../src/providers/resource.ts";
import { type RunningProvider, serve } from "../src/providers/server.ts";
import { identity, type Service, startService } from "./pulumi-harness.ts";

export const THING = "testing:index:Thing";

/** What the testing provider manages: things by id. The test changes or takes away things behind the engine's back. */
export class Things {
  readonly stored = new Map<string, Properties>();
  /** Called as a thing begins to be made, before it is stored; a test may wait in it, or kill somebody. */
  beforeCreate: (inputs: Properties) => Promise<void> = async () => {};
  #made = 0;

  store(inputs: Properties): string {
    const id = `thing-${String(inputs.label)}-${++this.#made}`;
    this.stored.set(id, inputs);
    return id;
  }

  ids(label: string): string[] {
    return [...this.stored].filter(([, inputs]) => inputs.label === label).map(([id]) => id);
  }
}

/**
 * A thing has a `value` that can be updated and a `key` whose change replaces it. `fail` names the operation that
 * goes wrong: `create`, `update`, or `delete` of the thing as it was last stored.
 */
function thing(things: Things): Resource {
  const failing = (inputs: Properties, operation: string) => {
    if (inputs.fail === operation) throw new Error(`the ${operation} fails, as the test wants`);
  };
  const changes = (before: Properties, after: Properties) =>
    ["value", "key", "fail", "secret", "from"].filter(
      (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
    );
  return {
    check: ({ inputs }) => ({ inputs, failures: [] }),
    diff: ({ oldInputs, inputs }) => {
      const changed = changes(oldInputs, inputs);
      return {
        changed: changed.length > 0,
        changes: new Map(changed.map((name) => [name, { kind: "update" as const, replace: name === "key" }])),
        deleteBeforeReplace: false,
      };
    },
    async create({ inputs, preview }) {
      if (preview) return { id: "", state: inputs };
      await things.beforeCreate(inputs);
      failing(inputs, "create");
      return { id: things.store(inputs), state: { ...inputs, out: `made ${String(inputs.value)}` } };
    },
    async read({ id }) {
      const inputs = things.stored.get(id);
      return inputs && { id, inputs, state: { ...inputs, out: `read ${String(inputs.value)}` } };
    },
    async update({ id, inputs, preview }) {
      if (!preview) {
        failing(inputs, "update");
        things.stored.set(id, inputs);
      }
      return { state: { ...inputs, out: `updated ${String(inputs.value)}` } };
    },
    async delete({ id, state }) {
      failing(state, "delete");
      things.stored.delete(id);
    },
  };
}

function provider(things: Things): Provider {
  return {
    name: "testing",
    version: "1.0.0",
    acceptsSecrets: false,
    checkConfig: (inputs) => inputs,
    configure: () => ({ [THING]: async () => thing(things) }),
  };
}

/** A service, a provider attached to the real engine, and the way to run programs against both. */
export interface Bench {
  readonly service: Service;
  readonly things: Things;
  /** What the engine has reported of its updates so far, as it came; the test empties it. */
  readonly entries: unknown[];
  /** A stack `acme/shop/NAME` that runs whatever `program` is at the time. */
  stack(name: string, program: () => Promise<unknown>): Promise<Stack>;
  /** The process of the CLI that was started last. */
  pid(): number;
  readonly env: Readonly<Record<string, string>>;
  /** For the test's own files; goes with the bench. */
  readonly folder: string;
  close(): Promise<void>;
}

export async function openBench(options: { readonly journals: boolean }): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), "worker-secrets-test-"));
  const entries: unknown[] = [];
  const onRequest = async (request: Request) => {
    if (!request.url.endsWith("/journalentries")) return;
    const bytes = Buffer.from(await request.arrayBuffer());
    const gzipped = request.headers.get("content-encoding") === "gzip";
    const body = JSON.parse((gzipped ? gunzipSync(bytes) : bytes).toString("utf8")) as { entries: unknown[] };
    entries.push(...body.entries);
  };
  // Its programs run in this process, as the commands' do.
  guardInlinePrograms();
  const service = await startService({ ...options, onRequest });
  const things = new Things();
  const running: RunningProvider = await serve(provider(things), {
    environment: () => ({}),
    folder: () => process.cwd(),
  });
  // The Automation API takes an engine by the folder above its `bin`. This one leaves its process id, to be killed by.
  const pidFile = join(folder, "pid");
  mkdirSync(join(folder, "engine", "bin"), { recursive: true });
  const script = join(folder, "engine", "bin", "pulumi");
  writeFileSync(script, `#!/bin/sh\necho $$ > '${pidFile}'\nexec '${enginePath()}' "$@"\n`);
  chmodSync(script, 0o755);
  const env = {
    PATH: `${dirname(script)}:${process.env.PATH ?? ""}`,
    HOME: folder,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: service.url,
    PULUMI_ACCESS_TOKEN: identity.token,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DEBUG_PROVIDERS: `testing:${running.port}`,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
  const command = await PulumiCommand.get({ root: join(folder, "engine"), skipVersionCheck: true });
  return {
    service,
    things,
    entries,
    env,
    folder,
    pid: () => Number(readFileSync(pidFile, "utf8")),
    async stack(name, program) {
      return LocalWorkspace.createOrSelectStack(
        {
          stackName: `acme/shop/${name}`,
          projectName: "shop",
          program: async () => (await program()) as Record<string, unknown> | undefined,
        },
        { workDir: mkdtempSync(join(folder, "work-")), envVars: env, pulumiCommand: command },
      );
    },
    async close() {
      await running.close();
      await service.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
