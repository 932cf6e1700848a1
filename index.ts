import * as ws from "worker-secrets";

/** The stack: its ESC Environment, and each Worker with its secret bindings. */
export default async () => {
  // The optional stack of those who administer the others' Environments (the config key `platform`) declares nothing else.
  const platform = await ws.platform();
  if (platform !== undefined) return platform;

  // Reads and checks everything; one error lists every problem. What was not planned can't be declared.
  const plan = await ws.plan();
  const environment = new ws.StackEnvironment("environment", { plan });
  const workers = plan.workers.map((name) => {
    const worker = new ws.SecretWorker(name, { plan }, { dependsOn: environment });
    return [name, worker.summary] as const;
  });
  return { ...environment.summary, workers: Object.fromEntries(workers) };
};
