import * as v from "valibot";
import type { Fault } from "../faults.ts";
import { CONFIG_KEYS, NAMESPACE } from "./config-keys.ts";
import { jsonOrText } from "./json-or-text.ts";
import { type EnvironmentNames, environmentNames } from "./names.ts";

const name = v.pipe(
  v.string("must be a text"),
  v.regex(
    /^[\w][\w.-]*\/[\w][\w.-]*$/,
    "must be PROJECT/NAME, without an organization and without a revision",
  ),
);

const schema = v.strictObject(
  { stack: v.optional(name), cloudflare: v.optional(name), secrets: v.optional(name) },
  ({ expected }) =>
    expected === "never" ? "is not known; known are stack, cloudflare, secrets" : "must be an object",
);

/**
 * The names of a stack's Environments: those of the config key `environments`, else the defaults. `raw` is the key's text,
 * JSON; `file` names its place in messages. Collects every fault; a faulty name is left at its default.
 */
export function readEnvironmentNames(
  {
    project,
    stack,
    raw,
  }: { readonly project: string; readonly stack: string; readonly raw: string | undefined },
  file: string,
  faults: Fault[],
): EnvironmentNames {
  if (raw === undefined) return environmentNames(project, stack);
  const where = `${file}, ${NAMESPACE}:${CONFIG_KEYS.environments}`;
  const fix = `Write: environments: {stack: PROJECT/NAME, cloudflare: PROJECT/NAME, secrets: PROJECT/NAME}; each of them may be left out.`;
  const parsed = v.safeParse(schema, jsonOrText(raw));
  if (!parsed.success) {
    for (const issue of parsed.issues) {
      const path = v.getDotPath(issue);
      faults.push({ where, what: `'environments${path === null ? "" : `.${path}`}' ${issue.message}`, fix });
    }
    return environmentNames(project, stack);
  }
  const names = environmentNames(project, stack, parsed.output);
  const { definition, cloudflare, secrets } = names;
  for (const [one, other] of [
    ["stack", definition === cloudflare ? "cloudflare" : definition === secrets ? "secrets" : undefined],
    ["cloudflare", cloudflare === secrets ? "secrets" : undefined],
  ] as const) {
    if (other === undefined) continue;
    faults.push({
      where,
      what: `'${one}' and '${other}' are both ${one === "stack" ? definition : cloudflare}; each needs an Environment of its own`,
      fix,
    });
  }
  return names;
}
