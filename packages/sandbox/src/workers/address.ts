import { bestPattern, coversHost } from "./routes.ts";

/** What the port knows of a script when it decides who answers. */
export interface Addressable {
  readonly name: string;
  readonly enabled: boolean;
  /** Host names of its custom domains. */
  readonly domains?: readonly string[];
  /** Its route patterns. */
  readonly routes?: readonly string[];
}

export type Destination =
  | { readonly kind: "script"; readonly name: string; readonly path: string }
  /** A script's own host name, but its workers.dev address is off. */
  | { readonly kind: "disabled"; readonly name: string }
  /** A host name that no script answers, at least not for this path. */
  | { readonly kind: "unknown-host"; readonly host: string }
  /** The bare address, and no telling which script is meant. */
  | { readonly kind: "unaddressed"; readonly names: readonly string[] };

/**
 * Which script answers a request. A route comes before a custom domain, which to a route is the origin behind it; so a
 * route without a script (`bypass`) leads there too. `<script>.localhost` and `<script>.<account>.workers.dev` are the
 * script's workers.dev address, and that switch counts. No other name leads here: a page whose own name was re-pointed to
 * this machine (DNS rebinding) sends that name. The bare address is the sandbox's own way in and has no counterpart at Cloudflare: it reaches
 * any script, by its name as the first part of the path or, when there is only one, as it is.
 */
export function destinationOf(
  host: string,
  path: string,
  scripts: readonly Addressable[],
  bypass: readonly string[] = [],
): Destination {
  const name = host.toLowerCase().replace(/:\d+$/, "");
  if (!isBare(name)) return named(name, path, scripts, bypass);
  const [, segment = "", rest = ""] = /^\/([^/?]*)(.*)$/s.exec(path) ?? [];
  const found = scripts.find((one) => one.name === segment);
  if (found !== undefined) {
    return { kind: "script", name: found.name, path: rest.startsWith("/") ? rest : `/${rest}` };
  }
  const [only] = scripts;
  if (only !== undefined && scripts.length === 1) return { kind: "script", name: only.name, path };
  return { kind: "unaddressed", names: scripts.map((one) => one.name).sort() };
}

function named(
  host: string,
  path: string,
  scripts: readonly Addressable[],
  bypass: readonly string[],
): Destination {
  const patterns = [...bypass, ...scripts.flatMap(({ routes = [] }) => routes)];
  const route = bestPattern(patterns, host, path);
  const owner = scripts.find(({ routes, domains }) =>
    route === undefined || bypass.includes(route) ? domains?.includes(host) : routes?.includes(route),
  );
  if (owner !== undefined) return { kind: "script", name: owner.name, path };
  const label = OWN_NAME.exec(host)?.[1] ?? "";
  const script = scripts.find((one) => one.name === label);
  if (script === undefined || patterns.some((pattern) => coversHost(pattern, host))) {
    return { kind: "unknown-host", host };
  }
  return script.enabled ? { kind: "script", name: label, path } : { kind: "disabled", name: label };
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

/** A script's own name: on this machine, and as its workers.dev address is written. */
const OWN_NAME = /^([^.]+)\.(?:localhost|[^.]+\.workers\.dev)$/;

function isBare(name: string): boolean {
  return /^(|localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/.test(name);
}
