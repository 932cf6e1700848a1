import { escFigures } from "./esc.ts";
import { bareFigures } from "./figures/bare.ts";
import { growth, preview200, type Series } from "./figures/growth.ts";
import { typeStripping } from "./figures/loaders.ts";
import { type CommandCalls, noChange, programLoad, remoteCalls } from "./figures/program.ts";
import { sandboxFigures } from "./figures/sandbox.ts";
import { secretFigures } from "./figures/secrets.ts";
import { type Floor, floor, type StateRow, stateFigures } from "./figures/state.ts";
import type { Figure } from "./measure.ts";
import { openWorld, type Project, type World } from "./world.ts";

export interface Measured {
  readonly figures: readonly Figure[];
  readonly series: readonly Series[];
  readonly calls: readonly CommandCalls[];
  readonly state: readonly StateRow[];
  readonly floor: readonly Floor[];
  /** What could not be measured, and why. */
  readonly failures: readonly string[];
}

interface Plan {
  readonly engine: string;
  readonly runs: number;
  /** No growth, smaller sizes. */
  readonly quick: boolean;
  readonly wanted: (name: string) => boolean;
  /** Everything, also what has no figure of its own. */
  readonly all: boolean;
  readonly say: (text: string) => void;
}

/** Everything so far; each part adds its own. */
interface Findings {
  readonly figures: Figure[];
  readonly series: Series[];
  readonly calls: CommandCalls[];
  readonly state: StateRow[];
  readonly floor: Floor[];
}

/** Measures what is wanted, one part after the other; one that fails does not keep the others from it. */
export async function measureAll(plan: Plan): Promise<Measured> {
  const found: Findings = { figures: [], series: [], calls: [], state: [], floor: [] };
  const failures: string[] = [];
  for (const part of [oneWorker, manyWorkers, otherGrowth, sandbox, state, esc]) {
    try {
      await part(plan, found);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
      plan.say(`this part failed: ${failures.at(-1)}`);
    }
  }
  return { ...found, failures };
}

async function inWorld(engine: string, work: (world: World) => Promise<void>): Promise<void> {
  const world = await openWorld(engine);
  try {
    await work(world);
  } finally {
    await world.close();
  }
}

const SECRETS = ["oneSecretLive", "tenSecretsVsPuts", "tenSecretsVsBulk"];
const ONE_WORKER = ["programLoad", "noChangePreview", "noChangeUp", ...SECRETS];

async function oneWorker({ engine, runs, quick, wanted, all, say }: Plan, found: Findings): Promise<void> {
  if (!ONE_WORKER.some(wanted)) return;
  await inWorld(engine, async (world) => {
    const project = await world.workers("one", 1, 2);
    const empty = await world.plain("nothing");
    say("a first up of both …");
    await project.pulumi("up", "--yes", "--skip-preview");
    await empty.pulumi("up", "--yes", "--skip-preview");
    if (wanted("programLoad")) {
      say("program load beside the bare import …");
      found.figures.push(await programLoad(world, project, runs));
      if (all) found.figures.push(await typeStripping(world, project, runs));
    }
    if (["noChangePreview", "noChangeUp"].some(wanted)) {
      say("no-change preview and up beside a program that declares nothing …");
      found.figures.push(...(await noChange(project, empty, runs)).filter(({ name }) => wanted(name)));
    }
    if (all) found.calls.push(...(await remoteCalls(world, project)));
    if (SECRETS.some(wanted)) {
      say("secrets beside the tutorial's way …");
      const ten = await world.workers("ten", 1, 10);
      await ten.pulumi("up", "--yes", "--skip-preview");
      found.figures.push(...(await secretFigures(world, ten, engine, Math.min(runs, 5), wanted)));
    }
    if (all) {
      say("calls of the state half from 50 clients …");
      found.floor.push(...(await floor(world, quick ? 4 : 20)));
    }
  });
}

async function manyWorkers({ engine, runs, quick, wanted, all, say }: Plan, found: Findings): Promise<void> {
  if (!wanted("preview200Workers")) return;
  await inWorld(engine, async (world) => {
    say("growth: Workers in one stack …");
    const sizes = all && !quick ? [1, 25, 50, 100, 200] : [1, 200];
    const workers = await growth(
      world,
      "Workers",
      "Workers of 10 secrets",
      sizes,
      (size) => world.workers(`workers-${size}`, size, 10),
      Math.min(runs, 3),
      say,
    );
    found.series.push(workers.series);
    const [large, small] = [workers.projects.get(200), workers.projects.get(1)] as [Project, Project];
    found.figures.push(await preview200(large, small, Math.min(runs, 5)));
    if (!all) return;
    say("200 Workers beside a program that declares them directly …");
    found.figures.push(...(await bareFigures(world, large, Math.min(runs, 5), say)));
  });
}

async function otherGrowth({ engine, runs, quick, all, say }: Plan, found: Findings): Promise<void> {
  if (!all || quick) return;
  await inWorld(engine, async (world) => {
    say("growth: secrets of one Worker …");
    const make = (size: number) => world.workers(`secrets-${size}`, 1, size);
    const sizes = [1, 32, 64, 96, 128];
    const secrets = await growth(
      world,
      "secrets",
      "secrets of one Worker",
      sizes,
      make,
      Math.min(runs, 3),
      say,
    );
    found.series.push(secrets.series);
    say("growth: stacks over one set of Environments …");
    found.series.push(await stacks(world, Math.min(runs, 3), say));
  });
}

async function sandbox({ runs, wanted, say }: Plan, found: Findings): Promise<void> {
  if (!wanted("sandboxReady")) return;
  say("the sandbox from a cold process, beside Miniflare alone …");
  found.figures.push(...(await sandboxFigures(runs)));
}

async function state({ engine, runs, quick, wanted, all, say }: Plan, found: Findings): Promise<void> {
  if (!wanted("stateUp200")) return;
  say("up of 200 resources, journal beside checkpoint …");
  const measured = await stateFigures(engine, all && !quick ? [200, 600] : [200], Math.min(runs, 3));
  found.figures.push(...measured.figures);
  found.state.push(...measured.rows);
}

async function esc({ runs, wanted, all, say }: Plan, found: Findings): Promise<void> {
  if (!["escEvalTypical", "escEvalBenchFolder"].some(wanted)) return;
  say("ESC: in-process evaluation beside the reference evaluator …");
  const measured = await escFigures(Math.max(runs, 11));
  found.figures.push(...measured.filter(({ name }) => all || wanted(name)));
}

/** More and more stacks of one project, all with the same imports; measured is the last one's preview. */
async function stacks(world: World, runs: number, say: (text: string) => void): Promise<Series> {
  const project = await world.workers("many", 1, 2, "stack-1");
  let made = 1;
  const { series } = await growth(
    world,
    "stacks",
    "stacks over one set of Environments",
    [1, 10, 25, 50],
    async (size) => {
      let last: Project = project;
      for (; made < size; made++) last = await world.another(project, `stack-${made + 1}`);
      return last;
    },
    runs,
    say,
  );
  return series;
}
