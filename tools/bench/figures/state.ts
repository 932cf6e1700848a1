import { type Figure, median, pair, percentile } from "../measure.ts";
import { openWorld, type Project, type World } from "../world.ts";

/** Resources that nothing is behind: the engine keeps them itself. */
const program = (count: number) => `"use strict";
const pulumi = require("@pulumi/pulumi");
for (let i = 0; i < ${count}; i++) new pulumi.Stash("thing-" + i, { input: "value " + i });
`;

/** One size in one mode, in milliseconds. */
export interface StateRow {
  readonly resources: number;
  readonly mode: "journal" | "checkpoint";
  readonly up: number;
  readonly noChange: number;
  readonly destroy: number;
}

/** `up`, no-op and `destroy` of resources without a provider: journal beside checkpoint, each in a sandbox of its own. */
export async function stateFigures(
  engine: string,
  sizes: readonly number[],
  runs: number,
): Promise<{ figures: Figure[]; rows: StateRow[] }> {
  const modes = { journal: await openWorld(engine, true), checkpoint: await openWorld(engine, false) };
  const rows: StateRow[] = [];
  const figures: Figure[] = [];
  try {
    for (const size of sizes) {
      const projects = {
        journal: await modes.journal.plain(`things-${size}`, program(size)),
        checkpoint: await modes.checkpoint.plain(`things-${size}`, program(size)),
      };
      const times = { journal: new Times(), checkpoint: new Times() };
      const cycle = (mode: keyof typeof modes) => async () => {
        const up = await time(projects[mode], "up", "--yes", "--skip-preview");
        times[mode].up.push(up);
        times[mode].noChange.push(await time(projects[mode], "up", "--yes", "--skip-preview"));
        times[mode].destroy.push(await time(projects[mode], "destroy", "--yes", "--skip-preview"));
        return up;
      };
      figures.push(
        await pair(
          `stateUp${size}`,
          "the same in checkpoint mode (the whole state at every step)",
          runs,
          cycle("journal"),
          cycle("checkpoint"),
          `pulumi up --skip-preview of ${size} resources without a provider, journal mode`,
        ),
      );
      for (const mode of ["journal", "checkpoint"] as const) {
        const { up, noChange, destroy } = times[mode];
        rows.push({
          resources: size,
          mode,
          up: median(up),
          noChange: median(noChange),
          destroy: median(destroy),
        });
      }
    }
    return { figures, rows };
  } finally {
    await modes.journal.close();
    await modes.checkpoint.close();
  }
}

class Times {
  readonly up: number[] = [];
  readonly noChange: number[] = [];
  readonly destroy: number[] = [];
}

async function time(project: Project, ...args: string[]): Promise<number> {
  return (await project.pulumi(...args)).milliseconds;
}

/** One kind of call under load. */
export interface Floor {
  readonly call: string;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly n: number;
}

const CLIENTS = 50;

/** Calls of the state half from 50 clients at once, each with an Environment and an update of its own; every write is on disk when it is answered. */
export async function floor(world: World, callsForEach: number): Promise<Floor[]> {
  const { url, token, organization } = world.description.pulumi;
  const call = async (method: string, path: string, body: unknown, auth = `token ${token}`) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: auth, "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
  };
  const environments = `/api/esc/environments/${organization}`;
  const yaml = "values:\n  a: one\n  b: {fn::secret: two}\n  c: ${a}-${b}\n";
  const started = async (client: number, journal: boolean) => {
    const stack = `floor-${journal ? "j" : "c"}-${client}`;
    await call("POST", `/api/stacks/${organization}/floor`, { stackName: stack });
    const at = `/api/stacks/${organization}/floor/${stack}`;
    const { updateID } = await call("POST", `${at}/update`, {
      name: "floor",
      runtime: "nodejs",
      options: {},
      config: {},
      metadata: {},
    });
    const path = `${at}/update/${String(updateID)}`;
    const lease = await call("POST", path, journal ? { journalVersion: 1 } : {});
    return { path, stack, auth: `update-token ${String(lease.token)}` };
  };
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, client) => {
      const name = `floor/e${client}`;
      await call("POST", environments, { project: "floor", name: `e${client}` });
      await call("PATCH", `${environments}/${name}`, yaml);
      return { name, checkpoint: await started(client, false), journal: await started(client, true) };
    }),
  );
  type Client = (typeof clients)[number];
  const resource = (stack: string, index: number) => ({
    urn: `urn:pulumi:${stack}::floor::pulumi:index:Stash::thing-${index}`,
    custom: true,
    id: "x",
    type: "pulumi:index:Stash",
    inputs: { input: "value" },
    outputs: { output: "value" },
  });
  const kinds: Record<string, (client: Client, index: number) => Promise<unknown>> = {
    "open an Environment": ({ name }) => call("POST", `${environments}/${name}/open`, ""),
    "check a definition": () => call("POST", `${environments}/yaml/check`, yaml),
    "checkpoint of 10 resources": ({ checkpoint }) =>
      call(
        "PATCH",
        `${checkpoint.path}/checkpoint`,
        {
          version: 3,
          deployment: {
            manifest: { time: "2026-01-01T00:00:00Z", magic: "", version: "" },
            resources: Array.from({ length: 10 }, (_, index) => resource(checkpoint.stack, index)),
          },
        },
        checkpoint.auth,
      ),
    "journal: begin and end of a resource": ({ journal }, index) =>
      call(
        "PATCH",
        `${journal.path}/journalentries`,
        {
          entries: [
            { version: 1, kind: 0, sequenceID: 2 * index + 1, operationID: index + 1 },
            {
              version: 1,
              kind: 1,
              sequenceID: 2 * index + 2,
              operationID: index + 1,
              state: resource(journal.stack, index),
            },
          ],
        },
        journal.auth,
      ),
  };
  const floors: Floor[] = [];
  for (const [kind, one] of Object.entries(kinds)) {
    const times: number[] = [];
    const begun = performance.now();
    await Promise.all(
      clients.map(async (client) => {
        for (let index = 0; index < callsForEach; index++) {
          const at = performance.now();
          await one(client, index);
          times.push(performance.now() - at);
        }
      }),
    );
    const seconds = (performance.now() - begun) / 1000;
    floors.push({
      call: kind,
      perSecond: times.length / seconds,
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
      n: times.length,
    });
  }
  return floors;
}
