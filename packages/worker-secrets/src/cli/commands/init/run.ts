import { refuseIfAny } from "../../../faults.ts";
import { blockNotes, refusedInProduction } from "../../../program/blocks.ts";
import { NAMESPACE } from "../../../program/config-keys.ts";
import { announceStack } from "../../project/announce.ts";
import { openContext } from "../../project/context.ts";
import { readDeclared } from "../../project/declared.ts";
import { projectRoot } from "../../project/root.ts";
import { selectIfNone } from "../../project/selected-stack.ts";
import { openStackFile } from "../../project/stack-file.ts";
import { takeOverNames } from "../../project/stale-names.ts";
import { applyFilling, describeDone, foresee } from "../../project/values/apply.ts";
import { planFilling } from "../../project/values/fill.ts";
import type { CommonOptions } from "../../project/values/options.ts";
import { printJson } from "../../terminal/command.ts";
import { note, print } from "../../terminal/output.ts";
import { canAsk } from "../../terminal/prompts.ts";
import { describeUnused } from "./unused.ts";
import { scriptNamesOn } from "./worker-secrets.ts";

export interface InitOptions extends CommonOptions {
  readonly fromWorker?: string;
}

/** `ws init`. Gives the exit code. */
export async function runInit(
  named: string | undefined,
  options: InitOptions,
  signal: AbortSignal,
): Promise<number> {
  const { json = false, dryRun = false } = options;
  const progress = (line: string) => note(`${line} …`);
  const root = projectRoot(options.root);
  const context = await openContext({ stack: named ?? options.stack, root });
  signal.throwIfAborted();
  const file = openStackFile(context.stackFile);
  const organization = file.config(NAMESPACE, "organization") ?? context.organization;
  const notes = await takeOverNames(file, context, context.client.forOrganization(organization));
  const declared = await readDeclared(context, file, { mayBeUnbuilt: true });
  refuseIfAny(refusedInProduction(declared.workers, declared.prod));
  if (!declared.prod) notes.push(...blockNotes(declared.workers));
  const terminal = canAsk(json) ? { signal } : undefined;
  const filling = await planFilling({ context, file, declared, options, terminal, signal, progress });
  notes.push(...filling.notes, ...describeUnused(filling.unused, context.names.secrets));
  if (options.fromWorker !== undefined)
    notes.push(...(await scriptNamesOn(options.fromWorker, context, filling.account, declared.workers)));

  if (!dryRun) announceStack(context);
  const done = dryRun
    ? foresee(context, file, filling)
    : await applyFilling(context, file, declared, filling, options.replace ?? [], signal, progress);
  if (!dryRun && (await selectIfNone({ ...context, backend: context.pulumi.url })))
    notes.push(`${context.stack} is selected now, for 'pulumi' and 'ws' in this folder`);
  const next = dryRun
    ? "the same command without --dry-run"
    : `npm exec -c 'pulumi preview --stack ${context.stack}'`;
  if (json) printJson({ ok: true, dryRun, ...done, notes, next });
  else {
    const lines = [...describeDone(done, dryRun), ...notes.map((note) => `Note: ${note}`), `Next: ${next}`];
    print(lines);
  }
  return 0;
}
