import type { DeclaredWorker } from "../../../program/declared-worker.ts";
import { fingerprint } from "../../../program/fingerprints.ts";
import type { SecretValues } from "../../../program/values.ts";
import { drift, type Finding } from "./findings.ts";

/** What the fingerprints of a stack are made with; the key is secret. */
export interface FingerprintBase {
  readonly key: string;
  readonly stack: string;
}

/** Values that ESC has and the Worker does not have yet, by the fingerprints that the stack's last update noted. */
export function compareValues(
  { name, scriptName, programSecrets }: Pick<DeclaredWorker, "name" | "scriptName" | "programSecrets">,
  values: SecretValues,
  deployed: Readonly<Record<string, string>>,
  { key, stack }: FingerprintBase,
  environment: string,
): Finding[] {
  const where = (secret: string) => `secret '${secret}' of the Worker '${scriptName}'`;
  const changed = [...values].flatMap(([secret, value]): Finding[] => {
    const before = deployed[secret];
    if (before === fingerprint(key, stack, secret, value)) return [];
    const what =
      before === undefined
        ? `it is declared for '${name}' and has a value in ${environment}, but no update has deployed it`
        : `its value in ${environment} is not the deployed one`;
    return [drift("value-not-deployed", where(secret), what, "pulumi up")];
  });
  // A value that the program passes is not known here, only whether one was ever deployed.
  const never = programSecrets
    .filter((secret) => deployed[secret] === undefined)
    .map((secret) =>
      drift(
        "value-not-deployed",
        where(secret),
        `the program passes it to '${name}' (programSecrets), but no update has deployed it`,
        "pulumi up",
      ),
    );
  const gone = Object.keys(deployed)
    .filter((secret) => !values.has(secret) && !programSecrets.includes(secret))
    .map((secret) =>
      drift(
        "value-not-deployed",
        where(secret),
        "it is deployed, but is no longer declared or has no value",
        "pulumi up",
      ),
    );
  return [...changed, ...never, ...gone];
}
