/** Engine versions: the plain `3.259.0` of a release; a pre-release sorts before its release, as in semver. */

export interface Version {
  readonly text: string;
  readonly numbers: readonly [number, number, number];
  readonly prerelease: string;
}

/** The engine this project is tried with, and the oldest it accepts: `merge: false` imports and YAML opens need it. */
export const MINIMUM_ENGINE = "3.259.0";

/** Reads `v3.259.0`, `3.260.0-alpha.1+build` and the like out of a line; undefined when there is none. */
export function parseVersion(text: string): Version | undefined {
  const match = /(?:^|\s)v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?(?:\s|$)/.exec(text);
  if (!match) return undefined;
  const [, major, minor, patch, prerelease = ""] = match;
  return {
    text: `${major}.${minor}.${patch}${prerelease ? `-${prerelease}` : ""}`,
    numbers: [Number(major), Number(minor), Number(patch)],
    prerelease,
  };
}

/** Negative when `a` is older than `b`. */
export function compareVersions(a: Version, b: Version): number {
  for (const index of [0, 1, 2] as const) {
    const difference = a.numbers[index] - b.numbers[index];
    if (difference !== 0) return difference;
  }
  if (a.prerelease === b.prerelease) return 0;
  if (a.prerelease === "") return 1;
  if (b.prerelease === "") return -1;
  return a.prerelease.localeCompare(b.prerelease, "en", { numeric: true });
}

export function isNewEnough(version: Version, minimum: string = MINIMUM_ENGINE): boolean {
  const wanted = parseVersion(minimum);
  return wanted !== undefined && compareVersions(version, wanted) >= 0;
}
