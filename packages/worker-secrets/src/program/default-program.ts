import { plan } from "./plan.ts";
import { platform } from "./platform.ts";
import { SecretWorker } from "./secret-worker.ts";
import { StackEnvironment } from "./stack-environment.ts";

/** What a folder without a program of its own declares: the Workers of its stack's config, and nothing else. */
export async function defaultProgram(): Promise<Record<string, unknown>> {
  const managed = await platform();
  if (managed !== undefined) return managed;
  const planned = await plan();
  const environment = new StackEnvironment("environment", { plan: planned });
  const workers = planned.workers.map(
    (name) => [name, new SecretWorker(name, { plan: planned }, { dependsOn: environment }).summary] as const,
  );
  return { ...environment.summary, workers: Object.fromEntries(workers) };
}
