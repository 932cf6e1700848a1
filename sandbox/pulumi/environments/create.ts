import { parseReference } from "../../../esc/index.ts";
import type { PulumiHalf } from "../context.ts";
import { badRequest, conflict } from "../errors.ts";
import { validName } from "../input.ts";
import { DEFAULT_PROJECT, newEnvironment, putEnvironment, revisionKey } from "./find.ts";
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

/** For a stack whose config lives in an Environment: the service makes that one together with the stack. */
export function createIfAbsent(context: PulumiHalf, owner: string, reference: string): void {
  const { project = DEFAULT_PROJECT, name } = parseReference(reference);
  if (context.store.get(environments, [owner, project, name]) === undefined) {
    createEnvironment(context, owner, project, name);
  }
}
