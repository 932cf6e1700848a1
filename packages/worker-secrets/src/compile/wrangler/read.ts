import { dirname } from "node:path";
import type { JSONPath } from "jsonc-parser";
import { type Fault, FaultsError } from "../../faults.ts";
import { isObject } from "../../objects.ts";
import { type ParsedFile, parseJsonc } from "../jsonc.ts";
import { findWrangler, type Wrangler } from "../run/find-wrangler.ts";
import { blockNames } from "./block-names.ts";
import { checkWorker } from "./checks.ts";
import { diagnosticsIn, errorFaults, warningFaults } from "./diagnostics.ts";
import { type Applied, applyEnvironment, type Keys, type Misplaced, type Wanted } from "./environments.ts";
import { keyFaults } from "./key-faults.ts";
import { type Located, locate, type TextFile } from "./locate.ts";
import type { Reading } from "./normalised-config.ts";
import { notInherited } from "./not-inherited.ts";
import { otherBlocks } from "./other-blocks.ts";
import { readNormalised } from "./read-normalised.ts";
import { appliedByBuild } from "./redirect.ts";
import { translate } from "./translate.ts";
import type { WorkerConfig } from "./worker-config.ts";

export interface ReadContext extends Wanted {
  /** The project's folder: messages name files relative to it. */
  readonly root: string;
  /** A compatibility date after this day is refused. */
  readonly today: Date;
  /** The wrangler file that the Worker's entry names. Default: the one that wrangler finds in the folder. */
  readonly config?: string | undefined;
  /** What a build makes may be missing: the entry, the assets, the file that a build tool writes. Default: false. */
  readonly mayBeUnbuilt?: boolean | undefined;
}

/**
 * Reads the wrangler file of a folder as the project's own wrangler does, with one `env` block applied. Everything that is wrong with it,
 * from a syntax error to a key that can't be translated, goes into `faults`, and `undefined` comes back then.
 */
export async function readWorkerConfig(
  directory: string,
  context: ReadContext,
  faults: Fault[],
): Promise<WorkerConfig | undefined> {
  try {
    const located = locate(directory, context.root, context.config);
    if (located.kind === "missing") throw new FaultsError(located.faults);
    const wrangler = findWrangler(directory, context.root, located.file.shownAs);
    const json = located.file.path.endsWith(".toml")
      ? undefined
      : parseJsonc(located.file.text, located.file.shownAs);
    if (json !== undefined && json.faults.length > 0) throw new FaultsError(json.faults);
    // Nothing is waited for before this, so that all the Workers of a stack are asked for in one go.
    const asked = readNormalised(directory, located, wrangler);
    const [reading, file] = await Promise.all([asked, json ?? parsed(located.file)]);
    if (file.faults.length > 0) throw new FaultsError(file.faults);
    return await build({ directory, located, wrangler, reading, file, context });
  } catch (error) {
    if (!(error instanceof FaultsError)) throw error;
    faults.push(...error.faults);
    return undefined;
  }
}

async function parsed({ path, shownAs, text }: TextFile): Promise<ParsedFile> {
  if (!path.endsWith(".toml")) return parseJsonc(text, shownAs);
  const { parseToml } = await import("./toml.ts");
  return parseToml(text, shownAs);
}

interface Sources {
  readonly directory: string;
  readonly located: Located;
  readonly wrangler: Wrangler;
  readonly reading: Reading;
  readonly file: ParsedFile;
  readonly context: ReadContext;
}

async function build({
  directory,
  located,
  wrangler,
  reading,
  file,
  context,
}: Sources): Promise<WorkerConfig> {
  const { redirected } = located;
  const whole = objectOf(file);
  // What a person wrote knows of blocks, which the generated file does not have any more.
  const original = redirected?.original === undefined ? file : await parsed(redirected.original);
  const written = redirected?.original === undefined ? whole : objectOf(original);
  const applied =
    redirected === undefined
      ? chosen(whole, context, file)
      : appliedByBuild(whole, context, located.file.shownAs);
  const { environment } = applied;
  const read = reading.environments[redirected === undefined ? (environment ?? "") : ""];
  const newer = new Set(reading.newer);
  // Without a reading of the block, what is wrong with the top level stopped wrangler before it.
  const error = read?.error ?? (read === undefined ? reading.environments[""]?.error : undefined);
  const found = [
    ...(error === undefined ? [] : errorFaults(diagnosticsIn(error), file, environment)),
    ...keyFaults(applied, newer, file).map(({ where, what, fix }) => ({ where, what, fix })),
  ];
  if (found.length > 0) throw new FaultsError(found);
  if (read?.config === undefined)
    throw new Error(`wrangler gave no config for '${environment}' of ${located.file.path}`);
  const worker = translate(read.config, {
    directory,
    wrangler,
    file: located.file.shownAs,
    configFile: located.config === undefined ? undefined : located.file.path,
    folder: dirname(located.file.path),
    environment,
    environmentName: environment === undefined ? undefined : nameOfBlock(environment, written),
    whereIs: (path: JSONPath) => file.where(applied.placeOf(path)),
    blocks: blockNames(written),
    notInherited: notInherited(original, written, environment),
    otherBlocks: redirected === undefined ? otherBlocks(file, whole, environment, reading) : [],
    warnings: warningFaults(read.warnings.flatMap(diagnosticsIn), file),
  });
  const wrong = checkWorker(worker, read.config, context);
  if (wrong.length > 0) throw new FaultsError(wrong);
  return worker;
}

function objectOf(file: ParsedFile): Keys {
  if (isObject(file.value)) return file.value;
  throw new FaultsError(
    file.faults.length > 0
      ? file.faults
      : [
          {
            where: file.where([]),
            what: "the file must hold an object",
            fix: "Write 'name', 'main' and 'compatibility_date' at least.",
          },
        ],
  );
}

function chosen(whole: Keys, context: ReadContext, file: ParsedFile): Applied {
  const misplaced: Misplaced[] = [];
  const applied = applyEnvironment(whole, context, misplaced);
  if (applied !== undefined) return applied;
  throw new FaultsError(misplaced.map(({ path, what, fix }) => ({ where: file.where(path), what, fix })));
}

/** The `name` of the block itself. wrangler takes it as it is, and makes `<name>-<block>` where there is none. */
function nameOfBlock(environment: string, whole: Keys): string | undefined {
  const blocks = isObject(whole.env) ? whole.env : {};
  const block = Object.hasOwn(blocks, environment) ? blocks[environment] : undefined;
  return isObject(block) && typeof block.name === "string" ? block.name : undefined;
}
