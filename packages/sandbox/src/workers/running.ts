/** One running workerd, with a router in it that passes requests on. */
export interface Running {
  /** Where the router listens. */
  address(): Promise<URL>;
  /** Headers that make the router pass a request on to the version of this id (`<script>/<version>`). */
  headersFor(id: string): Record<string, string>;
  stop(): Promise<void>;
}

/** A workerd in use. It is not stopped before it was given back, unless it hangs. */
export interface Lease<R extends Running = Running> {
  readonly workerd: R;
  release(): void;
}

/** What the router does besides passing on: one request each, with a JSON body where it takes one. */
export type Task = "alive" | "validate" | "scheduled" | "queue" | "wake";

export function taskHeaders(running: Running, id: string, task: Task): Record<string, string> {
  return { ...running.headersFor(id), "x-sandbox-task": task };
}

/** Whether its only thread still gets to answer. */
export async function answers(running: Running, withinMs: number): Promise<boolean> {
  try {
    const answer = await fetch(await running.address(), {
      headers: taskHeaders(running, "", "alive"),
      signal: AbortSignal.timeout(withinMs),
    });
    return answer.ok;
  } catch {
    return false;
  }
}
