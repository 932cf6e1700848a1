/** What the port knows of a script when it decides who answers. */
export interface Addressable {
  readonly name: string;
  readonly enabled: boolean;
}

export type Destination =
  | { readonly kind: "script"; readonly name: string; readonly path: string }
  /** A script's own host name, but its workers.dev address is off. */
  | { readonly kind: "disabled"; readonly name: string }
  /** A host name whose first label is no script. */
  | { readonly kind: "unknown-host"; readonly host: string }
  /** The bare address, and no telling which script is meant. */
  | { readonly kind: "unaddressed"; readonly names: readonly string[] };

/**
 * Which script answers a request. `<script>.<anything>` is the script's workers.dev address, so that switch counts.
 * The bare address is the sandbox's own way in and has no counterpart at Cloudflare: it reaches any script, by its
 * name as the first part of the path or, when there is only one, as it is.
 */
export function destinationOf(host: string, path: string, scripts: readonly Addressable[]): Destination {
  const name = host.toLowerCase().replace(/:\d+$/, "");
  if (!isBare(name)) {
    const label = name.split(".")[0] ?? "";
    const script = name.includes(".") ? scripts.find((one) => one.name === label) : undefined;
    if (script === undefined) return { kind: "unknown-host", host: name };
    return script.enabled ? { kind: "script", name: label, path } : { kind: "disabled", name: label };
  }
  const [, segment = "", rest = ""] = /^\/([^/?]*)(.*)$/s.exec(path) ?? [];
  const named = scripts.find((one) => one.name === segment);
  if (named !== undefined) {
    return { kind: "script", name: named.name, path: rest.startsWith("/") ? rest : `/${rest}` };
  }
  const [only] = scripts;
  if (only !== undefined && scripts.length === 1) return { kind: "script", name: only.name, path };
  return { kind: "unaddressed", names: scripts.map((one) => one.name).sort() };
}

/** Picks by share of the traffic; `random` is in [0, 1). */
export function pickVersion<V extends { readonly percentage: number }>(
  versions: readonly V[],
  random: number,
): V | undefined {
  let left = random * versions.reduce((sum, version) => sum + version.percentage, 0);
  for (const version of versions) {
    left -= version.percentage;
    if (left < 0) return version;
  }
  return versions.at(-1);
}

function isBare(name: string): boolean {
  return name === "" || name === "localhost" || /^[\d.]+$/.test(name) || name.startsWith("[");
}
