import { escFigures } from "./esc.ts";
import { growth, preview200, type Series } from "./figures/growth.ts";
import { type CommandCalls, noChange, programLoad, remoteCalls } from "./figures/program.ts";
import { sandboxFigures } from "./figures/sandbox.ts";
import { secretFigures } from "./figures/secrets.ts";
import { type Floor, floor, type StateRow, stateFigures } from "./figures/state.ts";
import type { Figure } from "./measure.ts";
import { openWorld, type Project } from "./world.ts";

export interface Measured {
  readonly figures: readonly Figure[];
  readonly series: readonly Series[];
  readonly calls: readonly CommandCalls[];
  readonly state: readonly StateRow[];
  readonly floor: readonly Floor[];
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

/** Measures what is wanted, one thing after the other. */
export async function measureAll(plan: Plan): Promise<Measured> {
  const { engine, runs, quick, wanted, all, say } = plan;
  const figures: Figure[] = [];
  const series: Series[] = [];
  let calls: CommandCalls[] = [];
  let floors: Floor[] = [];
  const any = (...names: string[]) => names.some(wanted);

  if (
    any(
      "programLoad",
      "noChangePreview",
      "noChangeUp",
      "oneSecretLive",
      "tenSecretsVsPuts",
      "tenSecretsVsBulk",
    )
  ) {
    const world = await openWorld(engine);
    try {
      const project = await world.workers("one", 1, 2);
      const empty = await world.plain("nothing");
      say("a first up of both …");
      await project.pulumi("up", "--yes", "--skip-preview");
      await empty.pulumi("up", "--yes", "--skip-preview");
      if (wanted("programLoad")) {
        say("program load beside the bare import …");
        figures.push(await programLoad(world, project, runs));
      }
      if (any("noChangePreview", "noChangeUp")) {
        say("no-change preview and up beside a program that declares nothing …");
        figures.push(...(await noChange(project, empty, runs)).filter(({ name }) => wanted(name)));
      }
      if (all) calls = await remoteCalls(world, project);
      if (any("oneSecretLive", "tenSecretsVsPuts", "tenSecretsVsBulk")) {
        say("secrets beside the tutorial's way …");
        const ten = await world.workers("ten", 1, 10);
        await ten.pulumi("up", "--yes", "--skip-preview");
        figures.push(...(await secretFigures(world, ten, engine, Math.min(runs, 5), wanted)));
      }
      if (all) {
        say("calls of the state half from 50 clients …");
        floors = await floor(world, quick ? 4 : 20);
      }
    } finally {
      await world.close();
    }
  }

  if (wanted("preview200Workers")) {
    const world = await openWorld(engine);
    try {
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
      series.push(workers.series);
      const [large, small] = [workers.projects.get(200), workers.projects.get(1)] as [Project, Project];
      figures.push(await preview200(large, small, Math.min(runs, 5)));
    } finally {
      await world.close();
    }
  }

  if (all && !quick) {
    const world = await openWorld(engine);
    try {
      say("growth: secrets of one Worker …");
      const make = (size: number) => world.workers(`secrets-${size}`, 1, size);
      const secrets = await growth(
        world,
        "secrets",
        "secrets of one Worker",
        [1, 32, 64, 96, 128],
        make,
        Math.min(runs, 3),
        say,
      );
      say("growth: stacks over one set of Environments …");
      series.push(secrets.series, await stacks(world, Math.min(runs, 3), say));
    } finally {
      await world.close();
    }
  }

  if (wanted("sandboxReady")) {
    say("the sandbox from a cold process, beside Miniflare alone …");
    figures.push(...(await sandboxFigures(runs)));
  }
  let state: StateRow[] = [];
  if (wanted("stateUp200")) {
    say("up of 200 resources, journal beside checkpoint …");
    const measured = await stateFigures(engine, all && !quick ? [200, 600] : [200], Math.min(runs, 3));
    figures.push(...measured.figures);
    state = measured.rows;
  }
  if (any("escEvalTypical", "escEvalBenchFolder")) {
    say("ESC: in-process evaluation beside the reference evaluator …");
    const esc = await escFigures(Math.max(runs, 11));
    figures.push(...esc.filter(({ name }) => all || wanted(name)));
  }
  return { figures, series, calls, state, floor: floors };
}

/** More and more stacks of one project, all with the same imports; measured is the last one's preview. */
async function stacks(
  world: Awaited<ReturnType<typeof openWorld>>,
  runs: number,
  say: (text: string) => void,
): Promise<Series> {
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
