import { parseReference } from "@worker-secrets/esc";
import type { PulumiHalf } from "../context.ts";
import { badRequest, conflict } from "../errors.ts";
import { validName } from "../input.ts";
import { DEFAULT_PROJECT, newEnvironment, putEnvironment, revisionKey, revisionNumber } from "./find.ts";
import { type Environment, environments, revisions } from "./records.ts";

/** Makes an Environment whose first revision is empty. */
export function createEnvironment(
  context: PulumiHalf,
  owner: string,
  project: string,
  name: string,
): Environment {
  validName("project", project);
  validName("name", name);
  // Its paths would be those of the anonymous documents.
  if (project === "yaml") throw badRequest("'yaml' can't be a project's name");
  return context.store.transaction(() => {
    if (context.store.get(environments, [owner, project, name]) !== undefined) {
      throw conflict(`Environment '${owner}/${project}/${name}' already exists`);
    }
    const environment = newEnvironment(context, owner, project, name);
    putEnvironment(context, environment);
    context.store.put(revisions, revisionKey(environment, 1), {
      number: 1,
      created: environment.created,
      text: "",
    });
    return environment;
  });
}

/**
 * For a stack whose config lives in an Environment: the service makes that one together with the stack. One that is
 * there is refused, in other words than the CLI takes for 'the stack already exists'.
 */
export function createForStack(context: PulumiHalf, owner: string, text: string): void {
  const { project = DEFAULT_PROJECT, name } = reference(text);
  if (context.store.get(environments, [owner, project, name]) !== undefined)
    throw badRequest(`environment '${project}/${name}' is there already; a stack's config needs a new one`);
  createEnvironment(context, owner, project, name);
}

/** Throws unless there is the Environment, at the revision or tag, that a stack's config is to be. */
export function checkReference(context: PulumiHalf, owner: string, text: string): void {
  const { project = DEFAULT_PROJECT, name, version } = reference(text);
  const found = context.store.get(environments, [owner, project, name]);
  if (found === undefined) throw badRequest(`environment '${project}/${name}' not found`);
  if (version !== undefined && revisionNumber(found, version) === undefined)
    throw badRequest(`environment '${project}/${name}' has no version '${version}'`);
}

function reference(text: string) {
  const found = parseReference(text);
  if (found.name === "") throw badRequest("environment must be project/name, maybe with @version");
  return found;
}
