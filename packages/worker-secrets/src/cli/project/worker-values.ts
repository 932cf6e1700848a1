import { stringify } from "yaml";
import { ServiceError } from "../../api/http.ts";
import { FaultsError, refuseIfAny } from "../../faults.ts";
import type { DeclaredWorker } from "../../program/declared-worker.ts";
import { checkValues, type SecretValues } from "../../program/values.ts";
import type { Context } from "./context.ts";
import type { Declared } from "./declared.ts";
import { absentFix } from "./deleted.ts";

/** The Worker that is meant: the one named, or the only one. */
export function chooseWorker(workers: readonly DeclaredWorker[], named: string | undefined): DeclaredWorker {
  const [only] = workers;
  const found =
    named === undefined
      ? workers.length === 1
        ? only
        : undefined
      : workers.find(({ name, scriptName }) => name === named || scriptName === named);
  if (found !== undefined) return found;
  throw new FaultsError([
    {
      where: "--worker",
      what: named === undefined ? "the stack has several Workers" : `the stack has no Worker '${named}'`,
      fix: `Name one: --worker ${workers.map(({ name }) => name).join(" | ")}`,
    },
  ]);
}

/**
 * The values as ESC holds them, at the revision that the stack pins. Only the value Environment is opened: what needs
 * the Worker's secrets needs no deploy token. Throws a `FaultsError` when it can't be opened.
 */
export async function openValues(
  { project, stack, names, client: ofStack }: Context,
  { organization, secretsRevision }: Pick<Declared, "organization" | "secretsRevision">,
): Promise<unknown> {
  const environment = secretsRevision === undefined ? names.secrets : `${names.secrets}@${secretsRevision}`;
  const document = stringify({
    imports: [{ [environment]: { merge: false } }],
    values: { secrets: `\${imports["${environment}"]}` },
  });
  const client = ofStack.forOrganization(organization);
  try {
    return (await client.openDocument(document)).secrets;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const make = `npx worker-secrets init ${stack}`;
    const there = error.status >= 500 || (await client.environment(names.secrets)) !== undefined;
    throw new FaultsError([
      {
        where: `Environment ${organization}/${environment}`,
        what: `it can't be opened: ${error.message}`,
        fix: there
          ? `Look at it: pulumi env open ${environment}, or make it: ${make} (project ${project})`
          : await absentFix(client, names.secrets, `${make} (project ${project})`),
      },
    ]);
  }
}

/** One Worker's values; missing or impossible ones are all named. */
export async function workerValues(
  context: Context,
  declared: Declared,
  worker: DeclaredWorker,
): Promise<SecretValues> {
  const opened = await openValues(context, declared);
  const { values, faults } = checkValues({ names: context.names, workers: [worker] }, opened);
  // Whether another Worker shares a value is not known of one alone, and this run deploys nothing.
  refuseIfAny(faults.filter(({ kind }) => kind !== "conflict"));
  return values.get(worker.name) ?? new Map();
}
