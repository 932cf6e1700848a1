interface Rule {
  readonly negative: boolean;
  readonly regex: RegExp;
}

/**
 * Tells which paths the lines of an ignore file exclude: the syntax of `.gitignore`, in any case of letters, as wrangler
 * reads `.assetsignore` (wrangler 4.164 with `ignore` 5.3.1; a test compares the two). Only a backslash before a letter or
 * star means here what git says, and there a part of a regular expression. Paths are relative and have `/`;
 * a folder's ends with one. What is below an excluded folder is excluded, whatever a later line says.
 */
export function ignoreMatcher(lines: readonly string[]): (path: string) => boolean {
  const rules = lines.flatMap((line) => ruleOf(line) ?? []);
  const known = new Map<string, boolean>();
  const test = (path: string): boolean => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const end = path.lastIndexOf("/", path.length - 2);
    const ignored = (end > 0 && test(path.slice(0, end + 1))) || decided(rules, path);
    // Folders come back for each of their files; a file comes once.
    if (path.endsWith("/")) known.set(path, ignored);
    return ignored;
  };
  return test;
}

/** The last rule that fits decides. */
function decided(rules: readonly Rule[], path: string): boolean {
  let ignored = false;
  for (const { negative, regex } of rules) if (ignored === negative && regex.test(path)) ignored = !negative;
  return ignored;
}

function ruleOf(line: string): Rule | undefined {
  const text = line.replace(/^\uFEFF/, "");
  if (text === "" || /^\s+$/.test(text) || /(?:[^\\]|^)\\$/.test(text) || text.startsWith("#"))
    return undefined;
  const negative = text.startsWith("!");
  const whole = negative ? text.slice(1) : text;
  // A space at the end counts where a backslash stands before it.
  const pattern = whole.replace(/\\?\s+$/, (end) => (end[0] === "\\" ? "\\ " : ""));
  // With the space: wrangler takes `folder/` of a file with Windows line ends for one at the top.
  const isAnchored = whole.slice(0, -1).includes("/");
  // A sign of negation alone takes everything back.
  return { negative, regex: new RegExp(pattern === "" ? "" : sourceOf(pattern, isAnchored), "i") };
}

function sourceOf(pattern: string, isAnchored: boolean): string {
  const isFolder = pattern.endsWith("/");
  const segments = pattern.replace(/^\//, "").replace(/\/$/, "").split("/");
  const parts = segments.map((segment, index): string => {
    const isLast = index === segments.length - 1;
    if (segment !== "**" || segments.length === 1) return `${segmentOf(segment)}${isLast ? "" : "/"}`;
    return isLast && !isFolder ? ".+" : "(?:[^/]+/)*";
  });
  // `a/**/` is each folder in `a`, and `a` itself.
  const isAnyFolder = isFolder && segments.length > 1 && segments.at(-1) === "**";
  return `${isAnchored ? "^" : "(?:^|/)"}${parts.join("")}${isAnyFolder ? "$" : isFolder ? "/$" : "(?=$|/$)"}`;
}

/** Between two slashes: `*`, `?`, `[a-z]`, and a backslash before what is meant as it is. */
function segmentOf(segment: string): string {
  const tokens = segment.match(/\\.|\*+|\?|\[(?:\\.|[^\]\\])*\]|[\s\S]/gu) ?? [];
  // A name that is a star alone has at least one letter.
  if (tokens.length === 1 && tokens[0]?.startsWith("*")) return "[^/]+";
  return tokens
    .map((token) => {
      if (token.startsWith("*")) return "[^/]*";
      if (token === "?") return "[^/]";
      if (/^\[.+\]$/.test(token)) return classOf(token);
      return escaped(token.length > 1 && token.startsWith("\\") ? token.slice(1) : token);
    })
    .join("");
}

/** A range that runs backwards fits nothing. wrangler's library knows no negation: `!` and `^` stand for themselves. */
function classOf(token: string): string {
  const inner = token.slice(1, -1).replace(/\^/g, "\\^");
  return `[${inner.replace(/(.)-(.)/g, (range, from: string, to: string) => (from <= to ? range : ""))}]`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
