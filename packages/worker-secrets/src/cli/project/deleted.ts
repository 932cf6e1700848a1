import type { PulumiClient } from "../../api/pulumi.ts";

/** The CLI has no command of its own for `PUT /api/esc/environments/{org}/restore`; `pulumi api` sends it. */
export function restoreCommand(organization: string, environment: string, deletedAt: string): string {
  const [project, name] = environment.split("/");
  const body = JSON.stringify({ project, name, deletionTimestamp: deletedAt });
  return `pulumi api /api/esc/environments/${organization}/restore --method PUT --body '${body}'`;
}

/**
 * What to say first about an Environment that is not there: while the service can restore it, that brings its values
 * back, and a new one has none. `undefined` where none of that name was deleted, or the service doesn't say.
 */
export async function restoreAdvice(client: PulumiClient, environment: string): Promise<string | undefined> {
  const deletedAt = await client.deletedAt(environment);
  if (deletedAt === undefined) return undefined;
  const command = restoreCommand(client.organization, environment, deletedAt);
  return `It was deleted at ${deletedAt} and can be restored, with its values and revisions: ${command}`;
}

/** The next step for an Environment that is not there: restoring it, before a new one. */
export async function absentFix(
  client: PulumiClient,
  environment: string,
  otherwise: string,
): Promise<string> {
  const advice = await restoreAdvice(client, environment);
  return advice === undefined ? otherwise : `${advice}. For a new one, without them: ${otherwise}`;
}
