import type { JSONPath } from "jsonc-parser";
import type { Fault } from "../../faults.ts";
import type { ParsedFile } from "../jsonc.ts";
import type { Applied } from "./environments.ts";
import { keyName, refusedKeys } from "./keys.ts";

/** What is wrong with one key. */
export interface KeyFault extends Fault {
  /** Its place in the file. */
  readonly path: JSONPath;
}

/** The keys of one environment that can't be translated, each at its place. */
export function keyFaults(applied: Applied, newer: ReadonlySet<string>, file: ParsedFile): KeyFault[] {
  return refusedKeys(applied.keys, newer).map(({ path, why, fix }) => {
    const place = applied.placeOf(path);
    return {
      path: place,
      where: file.where(place),
      what: `'${keyName(place)}' can't be translated: ${why}`,
      fix,
    };
  });
}
