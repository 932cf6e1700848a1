import { gte, parse, type SemVer } from "semver";

/** The engine this project is tried with, and the oldest it accepts: `merge: false` imports and YAML opens need it. */
export const MINIMUM_ENGINE = "3.259.0";

/** Reads `v3.259.0`, `3.260.0-alpha.1+build` and the like out of a line; undefined when there is none. */
export function parseVersion(text: string): SemVer | undefined {
  for (const word of text.split(/\s+/)) {
    const found = parse(word);
    if (found !== null) return found;
  }
  return undefined;
}

export function isNewEnough(version: SemVer, minimum: string = MINIMUM_ENGINE): boolean {
  return gte(version, minimum);
}
