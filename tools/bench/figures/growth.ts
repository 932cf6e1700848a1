import { type Figure, line, median, pair } from "../measure.ts";
import { type Memory, treeMemory, watchMemory } from "../processes.ts";
import type { Project, World } from "../world.ts";

/** One size of a series: medians of the command's wall time, its memory in MB, and the requests it led to. */
export interface Point {
  readonly size: number;
  readonly first: number;
  readonly preview: number;
  readonly calls: number;
  readonly memory: Memory & { readonly sandbox: number };
}

export interface Series {
  readonly name: string;
  /** What there is more and more of. */
  readonly of: string;
  readonly points: readonly Point[];
  /** Of the no-change preview: ms for one more, and how far off a straight line its times are at most (0: on it). */
  readonly slope: number;
  readonly off: number;
  /** Requests of a no-change preview for one more. */
  readonly callsForOneMore: number;
}

export async function growth(
  world: World,
  name: string,
  of: string,
  sizes: readonly number[],
  make: (size: number) => Promise<Project>,
  runs: number,
  say: (text: string) => void,
): Promise<{ series: Series; projects: ReadonlyMap<number, Project> }> {
  const projects = new Map<number, Project>();
  const points: Point[] = [];
  for (const size of sizes) {
    say(`  ${size} ${of} …`);
    const project = await make(size);
    projects.set(size, project);
    const first = (await project.pulumi("up", "--yes", "--skip-preview")).milliseconds;
    await world.calls();
    const times: number[] = [];
    for (let run = 0; run < runs; run++) times.push(await preview(project));
    const calls = Math.round((await world.calls()).length / runs);
    // In a run of its own: the watching takes time from what is watched.
    const { memory } = await watchMemory(() => preview(project));
    points.push({
      size,
      first,
      preview: median(times),
      calls,
      memory: { ...memory, sandbox: treeMemory(world.sandboxPid) },
    });
  }
  const { slope, off } = line(points.map((point) => [point.size, point.preview]));
  const callsForOneMore = line(points.map((point) => [point.size, point.calls])).slope;
  return { series: { name, of, points, slope, off, callsForOneMore }, projects };
}

/** Of two projects of one series, in turn. */
export function preview200(large: Project, small: Project, runs: number): Promise<Figure> {
  const of = (project: Project) => () => preview(project);
  return pair(
    "preview200Workers",
    "the same of one Worker with 10 secrets",
    runs,
    of(large),
    of(small),
    "no-change preview of 200 Workers with 10 secrets each",
  );
}

export async function preview(project: Project): Promise<number> {
  return (await project.pulumi("preview", "--expect-no-changes")).milliseconds;
}
