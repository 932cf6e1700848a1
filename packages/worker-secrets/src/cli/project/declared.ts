import { refuseIfAny } from "../../faults.ts";
import { NAMESPACE } from "../../program/config-keys.ts";
import { type DeclaredStack, declareStack } from "../../program/declared-stack.ts";
import { keyFaults, ownKeys } from "./config-keys.ts";
import type { Context } from "./context.ts";
import type { StackFile } from "./stack-file.ts";

/** What a stack's config file and its Workers' wrangler files say, read without the engine. */
export type Declared = DeclaredStack;

/**
 * Reads them. Throws one `FaultsError` for everything that is wrong. `adopting`: the place of the one entry that is
 * being adopted; the others may be still to be, and only then is it known which resources wrangler made for them. `mayBeUnbuilt`: for a
 * command that deploys nothing.
 */
export async function readDeclared(
  { project, stack, root, organization }: Context,
  file: StackFile,
  {
    today = new Date(),
    adopting,
    mayBeUnbuilt,
  }: { readonly today?: Date; readonly adopting?: number; readonly mayBeUnbuilt?: true } = {},
): Promise<Declared> {
  const config = {
    project,
    stack,
    organization,
    keys: ownKeys(file, project).map(({ name }) => name),
    // Refused where the context is opened.
    formerKeys: [],
    get: (key: string) => file.config(NAMESPACE, key),
    getSecret: async (key: string) => file.config(NAMESPACE, key),
    provider: (provider: string, key: string) => file.config(provider, key),
    env: {},
  };
  const faults = keyFaults(file, config);
  const declared = await declareStack(
    config,
    {
      root,
      today,
      mayBeUnbuilt,
      isOpen: (entry, entries) => adopting !== undefined && entry !== entries[adopting],
    },
    faults,
  );
  refuseIfAny(faults);
  return declared;
}
