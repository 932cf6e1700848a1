/** A tarball with what its manifest says. */
export interface Packed {
  readonly file: string;
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Each after those that it depends on, so that a new version can be installed as soon as it is there. Pure. */
export function publishOrder(packed: readonly Packed[]): readonly Packed[] {
  const ordered = new Set<Packed>();
  const add = (one: Packed, above: readonly Packed[]) => {
    if (above.includes(one)) throw new Error(`${one.name} depends on itself, by ${above.at(-1)?.name}`);
    const needs = { ...one.dependencies, ...one.peerDependencies };
    for (const other of packed) if (Object.hasOwn(needs, other.name)) add(other, [...above, one]);
    ordered.add(one);
  };
  for (const one of packed) add(one, []);
  return [...ordered];
}

/** Whether npm of this version exchanges the job's identity for the right to publish: from 11.5.1 on. */
export function trusts(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  return major > 11 || (major === 11 && (minor > 5 || (minor === 5 && patch >= 1)));
}
