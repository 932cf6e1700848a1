import type { JSONPath } from "jsonc-parser";
import type { Fault } from "../../faults.ts";
import { isObject } from "../../objects.ts";
import type { ParsedFile } from "../jsonc.ts";
import { blockNames } from "./block-names.ts";
import { checkWorker } from "./checks.ts";
import { type Applied, applyEnvironment, type Keys, type Misplaced, type Wanted } from "./environments.ts";
import { readWranglerFile } from "./find.ts";
import { checkKeys, DOCUMENTED } from "./key-faults.ts";
import { notInherited } from "./not-inherited.ts";
import { otherBlocks } from "./other-blocks.ts";
import { translate } from "./translate.ts";
import type { WorkerConfig } from "./worker-config.ts";

export interface ReadContext extends Wanted {
  /** The project's folder: messages name files relative to it. */
  readonly root: string;
  /** A compatibility date after this day is refused. */
  readonly today: Date;
}

/**
 * Reads the wrangler file of a folder and applies one `env` block. Everything that is wrong with it, from a syntax
 * error to a key that can't be translated, goes into `faults`, and `undefined` comes back then.
 */
export async function readWorkerConfig(
  directory: string,
  context: ReadContext,
  faults: Fault[],
): Promise<WorkerConfig | undefined> {
  const file = await readWranglerFile(directory, context.root);
  const found = [...file.faults];
  let worker: WorkerConfig | undefined;
  if (found.length === 0) {
    const misplaced: Misplaced[] = [];
    const whole = isObject(file.value) ? file.value : undefined;
    const applied = whole && applyEnvironment(whole, context, misplaced);
    if (whole === undefined)
      misplaced.push({ path: [], what: "the file must hold an object", fix: DOCUMENTED });
    found.push(...misplaced.map(({ path, what, fix }) => ({ where: file.where(path), what, fix })));
    if (whole !== undefined && applied !== undefined)
      worker = check(file, whole, applied, directory, context, found);
  }
  faults.push(...found);
  return found.length === 0 ? worker : undefined;
}

function check(
  file: ParsedFile & { readonly shownAs: string },
  whole: Keys,
  applied: Applied,
  directory: string,
  context: ReadContext,
  faults: Fault[],
): WorkerConfig | undefined {
  const where = (path: JSONPath): string => file.where(applied.placeOf(path));
  const { faults: found, keys } = checkKeys(file, applied);
  faults.push(...found.map(({ path: _, ...fault }) => fault));
  if (keys === undefined) return undefined;
  const worker = translate(keys, whole, {
    directory,
    file: file.shownAs,
    environment: applied.environment,
    whereIs: where,
    blocks: blockNames(whole),
    notInherited: notInherited(file, whole, applied.environment),
    otherBlocks: otherBlocks(file, whole, applied.environment),
  });
  faults.push(...checkWorker(worker, keys, context.today));
  return worker;
}
