import { call } from "./calls.ts";
import type { Random } from "./random.ts";
import type { Mapping, Node, Scalar } from "./tree.ts";

/** What a document can refer to, besides its own values. */
export interface Names {
  readonly imported: readonly string[];
  /** Paths that lead somewhere, and those of them that lead to text. */
  readonly paths: string[];
  readonly texts: string[];
  /** Whether the document may have faults made on purpose. */
  readonly faults: boolean;
}

/** True once in `n` times, in documents that may have faults. */
export function fault(random: Random, known: Names, n: number): boolean {
  return random.oneIn(n) && known.faults;
}

/** Adds the paths that a value makes available. */
export function learn(known: Names, path: string, node: Node): void {
  known.paths.push(path);
  if (node.kind === "list") for (const [i, item] of node.items.entries()) learn(known, `${path}[${i}]`, item);
  if (node.kind === "scalar" && node.style !== "plain" && !/\$\{/.test(node.text)) known.texts.push(path);
  if (node.kind !== "map") return;
  const called = node.entries[0]?.[0].text ?? "";
  if (/^fn::(secret|to|join)/i.test(called)) known.texts.push(path);
  if (called.toLowerCase().startsWith("fn::")) return;
  for (const [{ text }, member] of node.entries) {
    const key = text.replaceAll(/^["']|["']$/g, "");
    learn(known, /^\w+$/.test(key) ? `${path}.${key}` : `${path}["${key.replaceAll('"', '\\"')}"]`, member);
  }
}

/** Few names, so that references often find something and documents often override each other. */
const names = ["a", "b", "c", "d", "alpha", "beta", "alpah"];
const oddNames = ['"b c"', '"é"', '"a.b"', "'quo\"te'", "a-b", '""', "12", '"日本"', '"x: y"'];

export function name(random: Random): string {
  return random.oneIn(15) ? random.pick(oddNames) : random.pick(names);
}

export function plain(text: string): Scalar {
  return { kind: "scalar", text, style: "plain" };
}

export function mapping(random: Random, entries: readonly (readonly [Scalar, Node])[]): Mapping {
  const before = random.oneIn(25) ? random.pick(["# comment", "", "# 日本 ${a}"]) : undefined;
  return { kind: "map", entries, flow: random.oneIn(5), ...(before !== undefined && { before }) };
}

const texts = [
  "x",
  "hello world",
  "",
  "é",
  "日本語",
  "a\nb\n",
  "line one\nline two",
  "tab\there",
  "\n",
  "\n\n",
  "a\n\n",
  "\na",
  "  lead\nx",
  "2020-01-01",
  "1:30",
  "12 x",
  "[1] x",
  '{"a": 1}}',
  "bell\u0007 \u0085 \u2028",
  "$",
  "$$",
  "$${a}",
  "5",
  "true",
  "null",
  'quo"te',
  "it's",
  "a,b,c",
  "😀 smile",
  '{"k": 1}',
  '[1, "two", null]',
  "aGVsbG8=",
  "ends \\",
  "<&>",
  " leading",
  "e\u0301",
  "👨‍👩‍👧",
  "\u00a0",
  "1.50",
  "-",
  "# no comment",
  "a: b",
];

/** Plain scalars whose type YAML decides. */
const bare = [
  // Not .inf, .nan or 1e400: the reference reads them as numbers and then has no JSON for its own result.
  "1",
  "0",
  "-1",
  "+1",
  "1.5",
  "1.50",
  "1e3",
  "1E-7",
  ".5",
  "1.",
  "0x1F",
  "0o17",
  "017",
  "0b11",
  "1_000",
  "12345678901234567890",
  "123456789012345678901234567890.5",
  "true",
  "false",
  "True",
  "TRUE",
  "yes",
  "no",
  "on",
  "null",
  "~",
  "Null",
  "2020-01-01",
  "2020-01-01T00:00:00Z",
  "1:30",
  "x",
  "hello",
  "-0",
  "0.0",
  "<<",
  "=",
];

export function scalar(random: Random, kind: "any" | "words"): Scalar {
  if (kind === "any" && random.oneIn(2)) return plain(random.pick(bare));
  return styled(random, random.pick(texts));
}

export function styled(random: Random, text: string): Scalar {
  return {
    kind: "scalar",
    text,
    style: random.pick(["single", "double", "double", "literal", "folded"] as const),
  };
}

/** Any value: a scalar, text with references, a collection or a call. */
export function value(random: Random, known: Names, depth: number): Node {
  const roll = random.below(depth > 3 ? 8 : 20);
  if (roll < 4) return scalar(random, "any");
  if (roll < 6) return reference(random, known);
  if (roll < 8) return interpolation(random, known);
  if (roll < 11)
    return mapping(
      random,
      random.times(random.below(4), () => [plain(name(random)), value(random, known, depth + 1)]),
    );
  if (roll < 13)
    return {
      kind: "list",
      items: random.times(random.below(4), () => value(random, known, depth + 1)),
      flow: random.oneIn(3),
    };
  return call(random, known, depth);
}

/** A string that is one reference. */
function reference(random: Random, known: Names): Scalar {
  const text = `\${${path(random, known)}}`;
  return random.oneIn(3) && /^\$\{[\w.]+\}$/.test(text) ? plain(`'${text}'`) : styled(random, text);
}

function interpolation(random: Random, known: Names): Scalar {
  const parts = random.times(1 + random.below(3), () =>
    random.oneIn(3)
      ? random.pick(texts)
      : `${random.pick(["", "x", "é ", "$$", "a\n"])}\${${path(random, known)}}`,
  );
  const text = parts.join(random.pick(["", " ", "-", "$"]));
  return styled(random, fault(random, known, 20) ? [...text].slice(0, -1).join("") : text);
}

const harmless = [
  "context.rootEnvironment.name",
  "context.currentEnvironment.name",
  "context.pulumi.user.id",
];

function path(random: Random, known: Names): string {
  if (fault(random, known, 14))
    return random.pick([
      "",
      ".a",
      "a.",
      "a..b",
      "a[",
      "a[0",
      'a["',
      "a[]",
      "a[x]",
      "a[-1]",
      'a["b"',
      "a b",
      "[0]",
      "é",
      "a[99999999999999999999]",
      'a["b c"].d',
      "a[0].b",
      "a.b]",
      "a[1.5]",
      'a["\\""]',
      "a-b",
      "${a}",
      "a$",
    ]);
  const existing = random.oneIn(12) ? [] : known.paths;
  if (existing.length > 0) return random.pick(existing);
  if (!known.faults) return random.pick(harmless);
  const roll = random.below(12);
  let root = random.pick(names);
  if (roll === 0)
    root = `context.${random.pick(["rootEnvironment.name", "currentEnvironment.name", "pulumi.user.id", "pulumi", "nothing", "currentEnvironment"])}`;
  else if (roll === 1) root = importedPath(random, known);
  else if (roll === 2)
    root = `environments.${random.pick(["p.shared", "p.other", "p.missing", "p", "default.base"])}`;
  else if (random.oneIn(25)) return random.pick(["imports", "context", "environments", "environments.p"]);
  const steps = random.times(random.pick([0, 0, 1, 1, 2]), () => {
    if (random.oneIn(4)) return `[${random.pick(["0", "1", "0", "7"])}]`;
    const step = random.pick(names);
    return random.oneIn(3) ? `["${step}"]` : `.${step}`;
  });
  return root + steps.join("");
}

function importedPath(random: Random, known: Names): string {
  const own = random.pick(known.imported);
  return /^\w+$/.test(own) && random.oneIn(2) ? `imports.${own}` : `imports["${own}"]`;
}
