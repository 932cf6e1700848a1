import { FILE_WIDE, INHERITED } from "./environments.ts";
import type { KeyState } from "./key-states.ts";
import { KEYS } from "./keys.ts";

/** docs/wrangler-keys.md, out of the table that the parser works with. `version`: wrangler's, whose schema it covers. */
export function keysDocument(version: string): string {
  const rows = Object.entries(KEYS).toSorted(([one], [other]) => compare(one, other));
  const count = (state: string) => rows.filter(([, row]) => row.state === state).length;
  return `<!-- Made by \`npm run wrangler-keys\` out of packages/worker-secrets/src/compile/wrangler/keys.ts. Don't edit. -->

# Keys of the wrangler file

The project's own wrangler reads the Worker's \`wrangler.json\`, \`wrangler.jsonc\` or \`wrangler.toml\` (one of them; of two side by
side, \`config:\` of the Worker's entry names the one that is meant), with its own defaults and checks. Every key of wrangler ${version}'s schema is in this table: ${count("translated")} are translated, ${count("local")} only matter to
wrangler's own tools and are let through, and ${count("refused")} are refused by name, because leaving them out silently could take
something away from the Worker. A key that is not here is refused too.

\`[]\` is an item of a list, \`*\` a name that the file makes up. What stands below a refused or local key shares its state.

## Environments

One block of \`env\` is applied: the one that the stack's config names, else the one with the stack's name, else none.
**Inherited** keys come down from the top level unless the block has them; **own** keys count only where they stand, so a
block without \`vars\` has no variables; **file** keys may stand at the top level alone. A \`name\` of the block is the
script's name as it is. A key of a block that is not applied, or one of the top level that does not come down, is compared with
the table too: a warning says what would be refused.

## Table

| Key | In \`env\` | State | What becomes of it, or why not |
| --- | --- | --- | --- |
${rows.map(line).join("\n")}
`;
}

function line([path, state]: readonly [string, KeyState]): string {
  const isTop = !/[.[]/.test(path);
  const scope = !isTop ? "" : FILE_WIDE.has(path) ? "file" : INHERITED.has(path) ? "inherited" : "own";
  return `| \`${path}\` | ${scope} | ${state.state} | ${cell(state)} |`;
}

function cell(state: KeyState): string {
  if (state.state === "translated") return escaped(state.as);
  if (state.state === "local") return escaped(state.why);
  const exception = state.accepts.map((one) => `, unless \`${JSON.stringify(one)}\``).join("");
  return escaped(`${state.why}${exception}. ${state.fix}`);
}

/** By code points: the same on every machine. */
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}
