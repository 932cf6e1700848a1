import { rotation } from "./calls.ts";
import { learn, mapping, type Names, name, plain, scalar, value } from "./expressions.ts";
import type { Random } from "./random.ts";
import type { ReferenceRequest } from "./reference.ts";
import { type Mapping, type Node, render, type Scalar, smaller } from "./tree.ts";

/** A generated case: a document, what it may import, and how it is evaluated. */
export interface Case {
  readonly root: Node;
  readonly environments: Readonly<Record<string, Node>>;
  readonly mode: ReferenceRequest["mode"];
  /** The secrets to rotate; all, if there are none. */
  readonly paths: readonly string[];
}

const environmentNames = ["base", "p/shared", "p/other", "base@2"];

/** The top keys of secrets that are rotated. */
const rotatedNames = ["r1", "r2", "r3"];

/** Makes a random case. Most have no fault made on purpose; in the others, faults of every kind are frequent. */
export function generateCase(random: Random): Case {
  const names = environmentNames.slice(0, random.below(environmentNames.length + 1));
  const faults = random.oneIn(3);
  const environments: Record<string, Node> = {};
  const paths = new Map<string, Names>();
  for (const own of names) {
    // An environment imports those before it; in documents with faults also itself, or those after it.
    const importable = faults && random.oneIn(6) ? names : Object.keys(environments);
    environments[own] = document(random, own, importable, paths, faults, 2 + random.below(3));
  }
  const mode = random.pick(["check", "show-secrets", "open", "open", "rotate", "rotate"] as const);
  const rotated = mode === "rotate" ? rotatedNames.slice(0, 1 + random.below(rotatedNames.length)) : [];
  const root = document(random, "t", names, paths, faults, 3 + random.below(6), rotated);
  const wanted = random.oneIn(2) ? [] : [...rotated, "a", "missing.x"].filter(() => random.oneIn(2));
  return { root, environments, mode, paths: wanted };
}

/** The texts of a case. */
export function requestOf({ root, environments, mode, paths }: Case): ReferenceRequest {
  const texts = Object.entries(environments).map(([own, node]) => [own, render(node)] as const);
  return { name: "t", text: render(root), environments: Object.fromEntries(texts), mode, paths };
}

/** Everything that is a little smaller than a case. */
export function* smallerCases(from: Case): Generator<Case> {
  for (const own of Object.keys(from.environments)) {
    const { [own]: _, ...environments } = from.environments;
    yield { ...from, environments };
  }
  for (const root of smaller(from.root)) if (root.kind === "map") yield { ...from, root };
  for (const [own, node] of Object.entries(from.environments))
    for (const less of smaller(node))
      if (less.kind === "map") yield { ...from, environments: { ...from.environments, [own]: less } };
}

function document(
  random: Random,
  own: string,
  importable: readonly string[],
  known: Map<string, Names>,
  faults: boolean,
  size: number,
  rotated: readonly string[] = [],
): Mapping {
  const wrong = (n: number) => random.oneIn(n) && faults;
  const entries: [Scalar, Node][] = [];
  if (random.oneIn(8)) entries.push([plain("description"), wrong(3) ? plain("12") : scalar(random, "words")]);
  const imported = importable.filter(() => random.oneIn(2));
  if (imported.length > 0 || random.oneIn(10)) {
    const items = imported.map((name) => importEntry(random, name, wrong));
    if (wrong(12)) items.push(random.pick([plain("missing"), plain("12"), plain("t"), mapping(random, [])]));
    entries.push([
      plain("imports"),
      wrong(30) ? plain("base") : { kind: "list", items, flow: random.oneIn(4) },
    ]);
  }
  const names: Names = { imported: [...imported, "missing"], paths: [], texts: [], faults };
  for (const name of imported) {
    const { paths = [], texts = [] } = known.get(name) ?? {};
    names.paths.push(...paths.map((path) => `imports["${name}"]${path.startsWith("[") ? "" : "."}${path}`));
    names.texts.push(...texts.map((path) => `imports["${name}"]${path.startsWith("[") ? "" : "."}${path}`));
  }
  const used = new Set<string>();
  const values: [Scalar, Node][] = [];
  for (let i = 0; i < size; i++) {
    const key = topName(random, wrong);
    if (used.has(key) && !wrong(3)) continue;
    used.add(key);
    const made = value(random, names, 0);
    values.push([plain(key), made]);
    if (/^\w+$/.test(key) && !/^\d/.test(key)) learn(names, key, made);
  }
  for (const key of rotated) {
    const made = rotation(random, names);
    values.push([plain(key), made]);
    names.paths.push(key);
  }
  known.set(own, {
    ...names,
    paths: names.paths.filter((path) => !path.startsWith("imports")),
    texts: names.texts.filter((path) => !path.startsWith("imports")),
  });
  // References may point forward as well as back.
  if (random.oneIn(3)) values.reverse();
  if (!wrong(40)) {
    const written = random.oneIn(60) ? "Values" : "values";
    entries.push([plain(written), wrong(60) ? plain("12") : mapping(random, values)]);
  }
  if (wrong(25)) entries.push([plain(random.pick(["value", "extra", "importz", "values"])), plain("1")]);
  const before = random.oneIn(6) ? random.pick(["# é comment", "", "---"]) : undefined;
  return { kind: "map", entries, flow: random.oneIn(25), ...(before !== undefined && { before }) };
}

function importEntry(random: Random, name: string, wrong: (n: number) => boolean): Node {
  if (!random.oneIn(4))
    return random.oneIn(3) ? { kind: "scalar", text: name, style: "double" } : plain(name);
  const merge = wrong(4) ? plain("maybe") : plain(random.pick(["true", "false"]));
  const options = wrong(6)
    ? plain("12")
    : mapping(random, [[plain(random.oneIn(9) ? "merg" : "merge"), merge]]);
  return mapping(random, [[plain(name), options]]);
}

function topName(random: Random, wrong: (n: number) => boolean): string {
  if (wrong(15)) return random.pick(["imports", "context", "environments", "fn::x", "fn::toJSON"]);
  if (random.oneIn(6)) return random.pick(["environmentVariables", "pulumiConfig", "files"]);
  return name(random);
}
