import { isMap, isPair, isScalar, isSeq, parseDocument } from "yaml";
import { secretName, secretText } from "../looks-secret.ts";
import { listOption, type Rule } from "../rule.ts";

const TYPES = new Set(["pulumiservice:api/esc:Environment", "pulumiservice:index:Environment"]);

export function isEnvironment(type: string): boolean {
  return TYPES.has(type);
}

/** A definition is code: it is in git, in previews and in everybody's view. Values belong into the Environments it imports. */
export const environmentDefinition: Rule = {
  name: "environment-holds-no-literal",
  description: "The definition of a declared ESC Environment holds references, and no secret of its own.",
  options: {
    allow: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "Paths whose text only looks like a secret, for example values.pulumiConfig.app:key.",
    },
  },
  applies: isEnvironment,
  check({ name, inputs }, _, options) {
    const { yaml } = inputs;
    if (typeof yaml !== "string") return [];
    const document = parseDocument(yaml);
    if (document.errors.length > 0)
      return [`The definition of ${name} is not YAML, so nobody can tell what it holds.`];
    const allowed = listOption(options, "allow");
    return literals(document.contents, [])
      .filter(({ path }) => !allowed.includes(path))
      .map(
        ({ path, looks }) =>
          `${path} of the Environment ${name} ${looks}. Set it in the Environment that holds the values ` +
          "(pulumi env set … --secret) and refer to it here.",
      );
  },
};

interface Literal {
  readonly path: string;
  readonly looks: string;
}

/** Every text that is, or looks like, a secret. References (`${…}`) and ciphertext are none. */
function literals(node: unknown, path: readonly string[]): Literal[] {
  if (isSeq(node)) return node.items.flatMap((item, i) => literals(item, [...path, `${i}`]));
  if (isMap(node))
    return node.items.flatMap((pair) =>
      isPair(pair) ? literals(pair.value, [...path, isScalar(pair.key) ? String(pair.key.value) : "?"]) : [],
    );
  if (!isScalar(node) || typeof node.value !== "string") return [];
  const text = node.value;
  // A key of pulumiConfig begins with its namespace, which is the project's name and says nothing of the value.
  const key = (path.at(-1) ?? "").replace(/^[^:]*:(?!:)/, "");
  const at = path.join(".");
  if (key.toLowerCase() === "fn::secret") return [{ path: at, looks: "is a secret in clear" }];
  if (key.toLowerCase() === "ciphertext" && path.at(-2)?.toLowerCase() === "fn::secret") return [];
  if (text === "" || text.includes("${")) return [];
  if (secretName(key)) return [{ path: at, looks: "is a literal, and its name says that it is a secret" }];
  const looks = secretText(text);
  return looks === undefined ? [] : [{ path: at, looks: `looks like ${looks}` }];
}
