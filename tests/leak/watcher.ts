import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Needle } from "./forms.ts";
import type { Hit } from "./scan.ts";

/** What the watcher is told at its start. */
export interface Watch {
  /** Its descendants are looked at; itself not, since it makes the secrets. */
  readonly pid: number;
  /** Folders whose files come and go. */
  readonly folders: readonly string[];
  readonly needles: readonly Needle[];
}

/** A process, as it was seen: one that starts another program in its place is seen anew. */
export interface SeenProcess {
  readonly pid: number;
  /** The program, and of an interpreter the script: `node packages/worker-secrets/src/cli/ws.ts`. */
  readonly name: string;
  readonly arguments: Seen;
  /** Each variable that shows a secret, by its name. */
  readonly environment: Omit<Seen, "hits"> & { readonly variables: readonly (Hit & { variable: string })[] };
}

export interface Seen {
  readonly bytes: number;
  readonly hits: readonly Hit[];
}

/** A file, as it was once: looked at again whenever it has changed. */
export interface SeenFile extends Seen {
  readonly path: string;
}

export interface Watched {
  readonly processes: readonly SeenProcess[];
  readonly files: readonly SeenFile[];
}

export interface Watcher {
  stop(): Promise<Watched>;
}

/**
 * Looks again and again at the processes that this one starts, and at files that come and go, in a thread of its own:
 * what lives shorter than about 20 ms may be missed. Linux alone has the processes (`/proc`).
 */
export async function watch(folders: readonly string[], needles: readonly Needle[]): Promise<Watcher> {
  const data: Watch = { pid: process.pid, folders, needles };
  const worker = new Worker(new URL("./watcher-thread.ts", import.meta.url), { workerData: data });
  await once(worker, "message");
  return {
    async stop() {
      worker.postMessage("stop");
      const [watched] = (await once(worker, "message")) as [Watched];
      await worker.terminate();
      return watched;
    },
  };
}
