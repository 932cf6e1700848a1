import type { Fault } from "../faults.ts";
import { NAMESPACE } from "./config-keys.ts";

/** Whether a stack is production. What can't be read is a fault, and counts as production: it protects. */
export function parseProd(
  text: string | undefined,
  { stack }: { readonly project: string; readonly stack: string },
  faults: Fault[],
): boolean {
  if (text === undefined || text === "false") return false;
  if (text !== "true") {
    faults.push({
      where: `Pulumi.${stack}.yaml, ${NAMESPACE}:prod`,
      what: `'${text}' is neither true nor false`,
      fix: `Set it: pulumi config set ${NAMESPACE}:prod true --stack ${stack}`,
    });
  }
  return true;
}
