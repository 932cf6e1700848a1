import type { DataAccess } from "../data.ts";
import type { RuntimeFolder } from "../folder.ts";
import type { Lease, Running } from "../running.ts";
import type { LiveScript, QueueConsumer, RunnableScript, WorkerLog } from "../runtime.ts";
import { openData, type StoreKind } from "./data.ts";
import { BoundHost } from "./host.ts";
import { type BoundPlan, needsBound, planBound, type Traits, traitsOf } from "./plan.ts";
import { type BoundRunning, startBound } from "./start.ts";

export interface BoundWorkersOptions {
  readonly folder: RuntimeFolder;
  readonly scripts: ReadonlyMap<string, LiveScript>;
  readonly log: (entry: WorkerLog) => void;
  readonly drainMs: number;
  /** Whether somebody follows a script live. */
  readonly tailed: (script: string) => boolean;
  /** What happened in such a one. */
  readonly tell: (script: string, events: readonly unknown[]) => void;
  /** Watches over a use of the data, which waits as a request does. */
  readonly watch: (workerd: Running) => () => void;
  /** Whether it starts by itself as soon as a Worker needs it: a queue or an alarm may be waiting. */
  readonly eager: boolean;
}

/** The Workers that need more than values: all in one workerd, and all together replaced on a change. */
export interface BoundWorkers {
  /** Whether this version runs here rather than among the light ones. */
  runs(script: string, version: string): boolean;
  /** The scripts are not what they were. */
  changed(): void;
  consumers(list: readonly QueueConsumer[]): void;
  lease(): Promise<Lease>;
  abandon(workerd: Running): Promise<void>;
  readonly data: DataAccess;
  close(): Promise<void>;
}

export function createBoundWorkers(options: BoundWorkersOptions): BoundWorkers {
  const { scripts, folder, log } = options;
  const stores = { kv: new Set<string>(), d1: new Set<string>(), r2: new Set<string>() };
  const known = new WeakMap<LiveScript, Map<string, Traits>>();
  let consumers: readonly QueueConsumer[] = [];
  let plan: BoundPlan | undefined;
  let closed = false;

  const load = (name: string, version: string): RunnableScript => {
    const script = scripts.get(name);
    if (script === undefined) throw new Error(`the Worker ${name} is gone`);
    return script.load(version);
  };
  const traits = (name: string, version: string): Traits => {
    const script = scripts.get(name);
    if (script === undefined) return NONE;
    const found = known.get(script) ?? new Map<string, Traits>();
    known.set(script, found);
    const one = found.get(version) ?? readTraits(script, version);
    found.set(version, one);
    return one;
  };
  const host = new BoundHost<BoundPlan, BoundRunning>(
    (wanted) => startBound({ folder, load, log, tell: options.tell }, wanted),
    options.drainMs,
  );
  /** A plan is made when it is asked for: a start tells of many scripts in a row. */
  const planned = (): BoundPlan => {
    if (plan === undefined) {
      plan = planBound(scripts, traits, consumers, stores, options.tailed);
      host.change(plan);
    }
    return plan;
  };
  const changed = () => {
    plan = undefined;
    setImmediate(() => {
      if (closed || plan !== undefined) return;
      if (planned().workers.length === 0 || !options.eager) return;
      // Whoever needs it is told why it does not start.
      host.lease().then(
        ({ release }) => release(),
        () => undefined,
      );
    });
  };
  const lease = (options?: { keep: boolean }) => {
    planned();
    return host.lease(options);
  };
  const watchedLease = async () => {
    const { workerd, release } = await lease({ keep: true });
    const unwatch = options.watch(workerd);
    return {
      workerd,
      release() {
        unwatch();
        release();
      },
    };
  };
  return {
    runs: (script, version) => needsBound(traits(script, version)),
    changed,
    consumers(list) {
      consumers = list;
      changed();
    },
    lease: () => lease(),
    abandon: (workerd) => host.abandon(workerd),
    data: openData({
      folder: folder.data,
      lease: watchedLease,
      leaseFor(kind: StoreKind, id: string) {
        if (!stores[kind].has(id)) {
          stores[kind].add(id);
          plan = undefined;
        }
        return watchedLease();
      },
    }),
    async close() {
      closed = true;
      await host.close();
    },
  };
}

const NONE: Traits = { bindings: [], durableObjects: [], hasAssets: false };

/** One that can't be read fails with its reason when it is asked for, among the light ones. */
function readTraits(script: LiveScript, version: string): Traits {
  try {
    return traitsOf(script.load(version));
  } catch {
    return NONE;
  }
}
