import { CANARY } from "./row.ts";

/** An Environment's definition that can't be stored, and each diagnostic as `line:column: text`. */
export interface EnvironmentRow {
  readonly title: string;
  readonly yaml: string;
  readonly text: string;
}

const values = (...lines: string[]) => `values:\n${lines.map((line) => `  ${line}\n`).join("")}`;

/** `kept/one` is the Environment that is written; `kept/other` holds `secret` and `plain`. */
export const environmentRows: readonly EnvironmentRow[] = [
  {
    title: "YAML that breaks off",
    yaml: values("a: ["),
    text: "yaml: line 1: did not find expected ',' or ']'",
  },
  {
    title: "YAML with a tab",
    yaml: values("a:", "\tb: 1"),
    text: "3:3: yaml: line 3: Tabs are not allowed as indentation",
  },
  {
    title: "YAML with an open quote",
    yaml: values('a: "x'),
    text: '3:1: yaml: line 3: Missing closing "quote',
  },
  {
    title: "YAML with a key that stands twice",
    yaml: values("a: 1", "a: 2"),
    text: '3:3: duplicate key "a"',
  },
  {
    title: "YAML with an alias to nothing",
    yaml: values("a: *b"),
    text: "2:6: alias nodes are not supported",
  },
  { title: "a list instead of a mapping", yaml: "- values\n", text: "1:1: environment must be an object" },
  { title: "a text instead of a mapping", yaml: "values\n", text: "1:1: environment must be an object" },
  { title: "values that are a list", yaml: "values: [a]\n", text: "1:9: values must be an object" },
  {
    title: "imports that are a mapping",
    yaml: "imports: {kept/other: 1}\n",
    text: "1:10: imports must be a list",
  },
  {
    title: "an import that is a number",
    yaml: "imports: [3]\n",
    text: "1:11: import must be a string or an object",
  },
  {
    title: "an import that is not there",
    yaml: "imports: [kept/nobody]\n",
    text: '1:11: environment "kept/nobody" not found',
  },
  {
    title: "an import of a revision that is not there",
    yaml: "imports: [kept/other@99]\n",
    text: '1:11: environment "kept/other" has no revision or tag "99"',
  },
  { title: "an import of itself", yaml: "imports: [kept/one]\n", text: "1:11: cyclic import of kept/one" },
  { title: "a reference to nothing", yaml: values("a: ${nobody}"), text: '2:8: unknown property "nobody"' },
  {
    title: "a misspelt reference",
    yaml: values("database: 1", "a: ${databse}"),
    text: '3:8: unknown property "databse"; did you mean "database"?',
  },
  {
    title: "a reference to a member that is not there",
    yaml: values("a: {b: 1}", "c: ${a.d}"),
    text: '3:9: unknown property "d"',
  },
  {
    title: "a reference beyond a list's end",
    yaml: values("a: [1]", "c: ${a[3]}"),
    text: "3:9: array index 3 out-of-bounds for array of length 1",
  },
  {
    title: "an index into a text",
    yaml: values("a: text", "c: ${a[0]}"),
    text: "3:9: receiver must be an array or an object",
  },
  {
    title: "a reference that is not closed",
    yaml: values("a: 1", "c: ${a"),
    text: "3:9: missing closing brace '}' in interpolation",
  },
  { title: "an empty reference", yaml: values("c: ${}"), text: '2:8: unknown property ""' },
  { title: "a circle of two", yaml: values("a: ${b}", "b: ${a}"), text: "2:6: cyclic reference to a" },
  { title: "a circle of one", yaml: values("a: ${a}"), text: "2:6: cyclic reference to a" },
  {
    title: "a function that is not known",
    yaml: values("a: {fn::toYML: x}"),
    text: "2:7: 'fn::' is a reserved prefix",
  },
  {
    title: "a provider that is not known",
    yaml: values("a: {fn::open::nobody: {}}"),
    text: '2:6: unknown provider "nobody"',
  },
  {
    title: "a secret that is a reference",
    yaml: values("b: 1", "a: {fn::secret: x}", `c: {fn::secret: "${CANARY}\${b}"}`),
    text: "4:19: secret values must be string literals",
  },
  {
    title: "a secret with a ciphertext that is none",
    yaml: values(`a: {fn::secret: {ciphertext: ${CANARY}}}`),
    text: "2:6: invalid ciphertext: illegal base64 data at input byte 6",
  },
  {
    title: "fn::join with one argument",
    yaml: values("a: {fn::join: [',']}"),
    text: "2:17: the argument to fn::join must be a two-valued list",
  },
  {
    title: "fn::fromJSON of what is no JSON",
    yaml: values(`a: {fn::fromJSON: {fn::secret: '{"${CANARY}'}}`),
    text: "2:6: decoding JSON string: the text is not valid JSON",
  },
  {
    title: "fn::fromBase64 of what is no Base64",
    yaml: values("a: {fn::fromBase64: '%%%'}"),
    text: "2:6: decoding base64 string: illegal base64 data at input byte 0",
  },
  {
    title: "fn::toBase64 of an object",
    yaml: values("a: {fn::toBase64: {b: 1}}"),
    text: "2:21: expected string, got object",
  },
  {
    title: "a function with a sibling",
    yaml: values("a: {fn::toJSON: 1, b: 2}"),
    text: '2:6: illegal call to builtin function: "fn::toJSON" must be the only key within its containing object',
  },
  {
    title: "three faults at once",
    yaml: values("a: ${x}", "b: {fn::join: 1}", "c: ${a.b.c[}"),
    text: [
      '2:8: unknown property "x"',
      "3:17: the argument to fn::join must be a two-valued list",
      "4:13: subscript is missing closing bracket ']'",
      "4:14: numeric subscript must be a positive base-10 integer",
    ].join("\n"),
  },
];
