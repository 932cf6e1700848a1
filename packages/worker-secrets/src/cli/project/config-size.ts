import { nameSome } from "../../faults.ts";
import { NAMESPACE } from "../../program/config-keys.ts";
import { valueTree } from "../../program/values.ts";
import type { StackFile } from "./stack-file.ts";

/**
 * The engine hands a program its config as one variable (`PULUMI_CONFIG`), and Linux takes 32 pages for one
 * (MAX_ARG_STRLEN), its name and its end included. With more, `pulumi preview` ends with "argument list too long" before
 * the program starts.
 */
export const MOST_CONFIG_BYTES = 32 * 4096;

/** From here on it is worth a line, though everything works. */
const NEARLY = 0.8 * MOST_CONFIG_BYTES;

/** Named at most. */
const LARGEST = 5;

/** What a stack's config takes of the limit. */
export interface ConfigSize {
  /** Of the variable, as the engine writes it. */
  readonly bytes: number;
  /** What each value takes of it, the largest first. Names only. */
  readonly values: readonly { readonly name: string; readonly bytes: number }[];
}

/** Pure. `config`: by key, `<namespace>:<name>`; what is no text is JSON within the JSON. */
export function configSize(config: Readonly<Record<string, unknown>>): ConfigSize {
  const variable = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      // Language hosts write keys in the old form, which every SDK knows.
      key.replace(/^([^:]+):(?:config:)?/, "$1:config:"),
      typeof value === "string" ? value : goJson(value),
    ]),
  );
  const { shared, own } = valueTree(config[`${NAMESPACE}:secrets`]);
  const named = [
    ...Object.entries(shared),
    ...Object.entries(own).flatMap(([worker, values]) =>
      Object.entries(values).map(([name, value]) => [`${worker}.${name}`, value] as const),
    ),
  ];
  return {
    bytes: Buffer.byteLength(`PULUMI_CONFIG=${goJson(variable)}`) + 1,
    values: named
      .map(([name, value]) => ({ name, bytes: Buffer.byteLength(goJson(goJson(value)).slice(1, -1)) }))
      .sort((one, other) => other.bytes - one.bytes || (one.name < other.name ? -1 : 1)),
  };
}

/** What the engine will have of a stack before it has been deployed: its file, and what its definition adds. */
export function expectedConfig(
  file: Pick<StackFile, "configKeys" | "config">,
  project: string,
  scripts: readonly string[],
  secrets: unknown,
): Record<string, unknown> {
  const written = file.configKeys().map(({ key }) => {
    const [, namespace = project, name = key] = /^(.*?):(?:config:)?(.*)$/.exec(key) ?? [];
    return [`${namespace}:${name}`, file.config(namespace, name) ?? ""] as const;
  });
  return {
    ...Object.fromEntries(written),
    [`${NAMESPACE}:digest`]: "".padEnd(16, "0"),
    [`${NAMESPACE}:accountId`]: "".padEnd(32, "0"),
    [`${NAMESPACE}:scripts`]: scripts,
    [`${NAMESPACE}:secrets`]: secrets,
  };
}

/** Go's JSON, which also escapes what HTML would read. */
function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

export function isTooLarge({ bytes }: ConfigSize): boolean {
  return bytes > MOST_CONFIG_BYTES;
}

export function isNearlyTooLarge({ bytes }: ConfigSize): boolean {
  return bytes > NEARLY;
}

/** In numbers; names only. */
export function describeSize(size: ConfigSize): string {
  const { bytes, values } = size;
  const largest = nameSome(
    values.map((one) => `${one.name} ${one.bytes}`),
    LARGEST,
  );
  return `the stack's config with its values takes ${bytes} bytes of the ${MOST_CONFIG_BYTES} that Linux gives one variable (PULUMI_CONFIG)${isTooLarge(size) ? `, so 'pulumi preview' and 'pulumi up' can't start there ("argument list too long")` : ""}; the largest values: ${largest}`;
}

/** What to do about it. */
export const SIZE_FIX =
  "Take out what no Worker declares, keep what is large and not secret elsewhere (vars, KV), or give some of the Workers a stack of their own.";
