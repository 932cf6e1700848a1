import assert from "node:assert/strict";
import { evaluateOurs } from "./differential/compare.ts";
import { generateCase, requestOf } from "./differential/document.ts";
import { Random } from "./differential/random.ts";

type Damage = (text: string, random: Random) => string;

const insert = (text: string, random: Random, what: string) => {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + what + text.slice(at);
};

/** What happens to files, and what people do to servers. */
const damages: Record<string, Damage> = {
  truncated: (text, random) => text.slice(0, random.below(text.length)),
  "cut in the middle": (text, random) => {
    const at = random.below(text.length);
    return text.slice(0, at) + text.slice(at + 1 + random.below(20));
  },
  "duplicate keys": (text, random) => {
    const lines = text.split("\n");
    const line = random.pick(lines);
    return lines.flatMap((own) => (own === line ? [own, own] : [own])).join("\n");
  },
  tabs: (text, random) => insert(text, random, "\n\t\t"),
  indentation: (text, random) =>
    text
      .split("\n")
      .map((line) => " ".repeat(random.below(3)) + line)
      .join("\n"),
  "deep nesting": (text, random) => {
    const [open, close] = random.pick([
      ["[", "]"],
      ["{a: ", "}"],
      ["- ", ""],
      ["? ", ""],
    ] as const);
    const depth = random.pick([50, 198, 250, 5_000]);
    return `${text}\n  deep: ${open.repeat(depth)}x${random.oneIn(2) ? close.repeat(depth) : ""}\n`;
  },
  "very long scalars": (text, random) =>
    insert(
      text,
      random,
      random.pick(["x", "${a}", "é", '"', "$", "\\"]).repeat(random.pick([10_000, 300_000])),
    ),
  "anchors and aliases": (text, random) =>
    insert(text, random, random.pick(["&a ", "*a", "*b ", "&a &b ", "<<: *a\n", "\n  x: &x [*x]\n"])),
  "billion laughs": (text, random) => {
    const levels = 5 + random.below(20);
    const name = (i: number) => `l${i}`;
    const lines = random.times(levels, (i) =>
      random.oneIn(2)
        ? `  ${name(i + 1)}: &${name(i + 1)} [${Array(9)
            .fill(`*${name(i)}`)
            .join(", ")}]`
        : `  ${name(i + 1)}: [${Array(9)
            .fill(`"\${${name(i)}}"`)
            .join(", ")}]`,
    );
    return `${text}\nvalues:\n  ${name(0)}: &${name(0)} [lol]\n${lines.join("\n")}\n`;
  },
  "billion laughs without aliases": (_, random) => {
    const grow = random.pick(["fn::toJSON", "fn::toYAML", "fn::toBase64", "fn::toString"]);
    const lines = random.times(30, (i) => `  l${i + 1}: {${grow}: "\${l${i}}\${l${i}}\${l${i}}"}`);
    return `values:\n  l0: lol\n${lines.join("\n")}\n`;
  },
  "binary noise": (text, random) =>
    insert(
      text,
      random,
      String.fromCharCode(
        ...random.times(1 + random.below(40), () => random.below(random.oneIn(2) ? 256 : 65_536)),
      ),
    ),
  "nothing but noise": (_, random) =>
    String.fromCharCode(
      ...random.times(random.below(300), () => random.below(random.oneIn(2) ? 128 : 65_536)),
    ),
  "loose syntax": (text, random) =>
    random
      .times(1 + random.below(6), () =>
        random.pick([
          "!!binary ",
          "!x ",
          "%YAML 9.9\n",
          "---\n",
          "...\n",
          "? ",
          ": ",
          "- ",
          "|",
          ">9",
          "}",
          "]",
          "{",
          "[",
          '"',
          "'",
          "#",
          "`",
          "@",
          "\r",
          "\ufeff",
          "\u0000",
          "!!float ",
          "<<: ",
        ]),
      )
      .reduce((damaged, token) => insert(damaged, random, token), text),
  "broken references": (text, random) =>
    insert(
      text,
      random,
      random.pick([
        '${a["',
        "${a[9999999999999999999]}",
        "${a.b[c].d",
        "${imports[",
        "$${${a}}",
        "${environments.p.x.y.z}",
        "${a[-1]",
      ]),
    ),
};

/** Evaluates `runs` damaged documents; ends with an error at the first that crashes. `malformed.test.ts` runs it. */
const [seed, runs] = process.argv.slice(2).map(Number);
assert.ok(seed !== undefined && runs !== undefined, "needs a seed and a count");
const kinds = Object.entries(damages);
for (let i = 0; i < runs; i++) {
  const random = new Random(seed + i);
  const request = requestOf(generateCase(random));
  const [kind, damage] = random.pick(kinds);
  const text = damage(request.text, random);
  console.log(`${kind} (ESC_MALFORMED_SEED=${seed + i} ESC_MALFORMED_RUNS=1)`);
  const { diagnostics } = evaluateOurs({ ...request, text });
  assert.ok(diagnostics.length <= 2_000, "very many diagnostics");
}
console.log(`${runs} evaluated`);
