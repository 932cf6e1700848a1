import { oneLine } from "../../../visible.ts";

/** What kind of difference was found. Documented in docs/commands.md. */
export type FindingKind =
  | "worker-missing"
  | "worker-foreign"
  | "not-deployed"
  | "secret-undeclared"
  | "secret-missing"
  | "binding-undeclared"
  | "binding-missing"
  | "binding-changed"
  | "migration-unknown"
  | "deployment-newer"
  | "crons-changed"
  | "subdomain-changed"
  | "route-missing"
  | "route-undeclared"
  | "domain-missing"
  | "domain-undeclared"
  | "runtime-changed"
  | "value-missing"
  | "value-conflict"
  | "value-not-deployed"
  | "definition-edited"
  | "pin-behind"
  | "unread";

/** One difference between what the stack deployed and what is there. Holds names, never a value of a secret. */
export interface Finding {
  readonly kind: FindingKind;
  /** `drift` counts for the exit code; `info` is worth knowing. */
  readonly level: "drift" | "info";
  readonly where: string;
  readonly what: string;
  /** The command that mends it. */
  readonly fix: string;
}

export function drift(kind: FindingKind, where: string, what: string, fix: string): Finding {
  return { kind, level: "drift", where: oneLine(where), what: oneLine(what), fix: oneLine(fix) };
}

export function info(kind: FindingKind, where: string, what: string, fix: string): Finding {
  return { kind, level: "info", where: oneLine(where), what: oneLine(what), fix: oneLine(fix) };
}

/** The findings for people, drift first. */
export function describeFindings(findings: readonly Finding[], stack: string): string {
  const found = findings.filter(({ level }) => level === "drift").length;
  const head =
    found === 0
      ? `Stack ${stack}: no drift.`
      : `Stack ${stack}: ${found === 1 ? "one thing differs" : `${found} things differ`} from what the stack deployed.`;
  const lines = [...findings]
    .sort((a, b) => Number(a.level === "info") - Number(b.level === "info"))
    .map(
      ({ kind, where, what, fix, level }) =>
        `  ${level === "info" ? "i" : "!"} ${kind}: ${where}: ${what}\n      ${fix}`,
    );
  return [head, ...lines].join("\n");
}
