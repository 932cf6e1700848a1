import { request } from "node:http";
import {
  type LiveScript,
  type RunnableScript,
  startWorkers,
  type WorkersOptions,
  type WorkersRuntime,
} from "../src/workers/index.ts";

/** What a test says of a version; the rest is as plain as can be. */
export interface Sample extends Partial<RunnableScript> {
  readonly source: string;
  /** What its validation would find. */
  readonly handlers?: readonly string[];
  /** Classes that it exports. */
  readonly classes?: readonly string[];
}

export function runnable({
  source,
  handlers: _handlers,
  classes: _classes,
  ...rest
}: Sample): RunnableScript {
  return {
    mainModule: "worker.js",
    modules: [{ name: "worker.js", kind: "js", bytes: Buffer.from(source) }],
    compatibilityDate: "2026-11-01",
    compatibilityFlags: [],
    env: {},
    bindings: [],
    durableObjects: [],
    ...rest,
  };
}

let versions = 0;

/** A script whose only version is this one. */
export function live(sample: Sample, more: Partial<LiveScript> = {}): LiveScript {
  const id = `version-${++versions}`;
  return {
    enabled: true,
    versions: [versionOf(id, 100, sample)],
    domains: [],
    routes: [],
    crons: [],
    load: () => runnable(sample),
    ...more,
  };
}

export function versionOf(id: string, percentage: number, { handlers = ["fetch"], classes = [] }: Sample) {
  const namedHandlers = classes.map((name) => ({ name, handlers: ["class"] }));
  return { id, percentage, handlers, namedHandlers };
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A request with a host name of its own, which `fetch` does not let one choose. */
export function ask(
  runtime: WorkersRuntime,
  host: string,
  path = "/",
  { method = "GET", body }: { readonly method?: string; readonly body?: string } = {},
): Promise<Answer> {
  return new Promise((done, fail) => {
    const sent = request(
      new URL(path, runtime.url),
      { method, headers: { host }, agent: false },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", fail);
        answer.on("end", () =>
          done({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    sent.on("error", fail).end(body);
  });
}

export function startOn(folder: string, options: WorkersOptions = {}): Promise<WorkersRuntime> {
  return startWorkers({ folder, eager: false, ...options });
}

/** Until it gives something, at most 20 s. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`${what} did not happen`);
}
