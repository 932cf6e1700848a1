/**
 * Route patterns: a host and a path, each with at most one `*` at its edge (host: first, path: last), matched against
 * the whole URL with its query. https://developers.cloudflare.com/workers/configuration/routing/routes/
 */
interface Pattern {
  readonly host: string;
  readonly anyBefore: boolean;
  /** With its leading slash. */
  readonly path: string;
  readonly anyAfter: boolean;
}

function read(pattern: string): Pattern {
  const plain = pattern.replace(/^[a-z*]+:\/\//i, "");
  const at = plain.indexOf("/");
  const host = (at < 0 ? plain : plain.slice(0, at)).toLowerCase();
  const path = at < 0 ? "/" : plain.slice(at);
  return {
    host: host.replace(/^\*/, ""),
    anyBefore: host.startsWith("*"),
    path: path.replace(/\*$/, ""),
    anyAfter: path.endsWith("*"),
  };
}

/** Whether the pattern has a say about this host at all. */
export function coversHost(pattern: string, host: string): boolean {
  return hasHost(read(pattern), host);
}

/**
 * The pattern that applies to a request, if any: of those that match the most specific one, which is the one without
 * a `*` in its host, then the one with the longer host, then without a `*` in its path, then with the longer path.
 */
export function bestPattern(patterns: readonly string[], host: string, url: string): string | undefined {
  const path = url === "" ? "/" : url;
  const matching = patterns
    .map((text) => ({ text, ...read(text) }))
    .filter((one) => hasHost(one, host) && (one.anyAfter ? path.startsWith(one.path) : path === one.path));
  return matching.sort(
    (a, b) =>
      Number(a.anyBefore) - Number(b.anyBefore) ||
      b.host.length - a.host.length ||
      Number(a.anyAfter) - Number(b.anyAfter) ||
      b.path.length - a.path.length,
  )[0]?.text;
}

function hasHost({ host, anyBefore }: Pattern, asked: string): boolean {
  return anyBefore ? asked.endsWith(host) : asked === host;
}
