import { oneLine } from "../../../visible.ts";

/**
 * One line of the report. `open`: code that nobody reviewed gets further than it should. `unread`: a setting that this token
 * may not read, so nothing is known of it. `advice` does not count for the exit code.
 */
export interface Finding {
  readonly level: "open" | "unread" | "advice";
  readonly where: string;
  readonly what: string;
  /** The setting, or the call of GitHub's CLI, that closes it. */
  readonly fix: string;
}

export function open(where: string, what: string, fix: string): Finding {
  return { level: "open", where: oneLine(where), what: oneLine(what), fix: oneLine(fix) };
}

export function unread(where: string, why: string, fix: string): Finding {
  return {
    level: "unread",
    where: oneLine(where),
    what: oneLine(`it can't be read: ${why}`),
    fix: oneLine(fix),
  };
}

export function advice(where: string, what: string, fix: string): Finding {
  return { level: "advice", where: oneLine(where), what: oneLine(what), fix: oneLine(fix) };
}

/** What to do where GitHub refuses a read. */
export const READ_FIX =
  "Run it as an administrator of the repository: GITHUB_TOKEN=$(gh auth token) npx worker-secrets ci check";

const MARKS = { open: "OPEN", unread: "????", advice: "note" } as const;

/** The report for people, open doors first. */
export function describeFindings(findings: readonly Finding[], repository: string): string {
  const levels = ["open", "unread", "advice"] as const;
  const sorted = levels.flatMap((level) => findings.filter((one) => one.level === level));
  const [open = 0, unread = 0] = levels.map((level) => findings.filter((one) => one.level === level).length);
  const lines = sorted.map(
    ({ level, where, what, fix }) => `${MARKS[level]}  ${where}: ${what}\n        ${fix}`,
  );
  const known =
    open === 0
      ? "nothing that was read is open"
      : `${open === 1 ? "1 setting is" : `${open} settings are`} open`;
  const rest = unread === 0 ? "" : `, ${unread} can't be read`;
  return [...lines, `github.com/${repository}: ${known}${rest}.`].join("\n");
}
