import { ServiceError } from "../../../api/http.ts";
import { FaultsError } from "../../../faults.ts";
import { oneLine } from "../../../visible.ts";
import { startSandbox } from "../../terminal/command.ts";

/** One line of the report. */
export interface Check {
  /** What was looked at; the same name in every run. */
  readonly check: string;
  /** `unread`: who runs this, or their token, is not shown it; nobody knows whether it is right. */
  readonly status: "ok" | "warn" | "fail" | "unread";
  /** What was found. Never holds a secret. */
  readonly detail: string;
  /** The command that mends it; `undefined` where nothing has to be mended. */
  readonly fix: string | undefined;
}

export function ok(check: string, detail: string): Check {
  return { check, status: "ok", detail: oneLine(detail), fix: undefined };
}

export function warn(check: string, detail: string, fix: string): Check {
  return { check, status: "warn", detail: oneLine(detail), fix: oneLine(fix) };
}

export function fail(check: string, detail: string, fix: string): Check {
  return { check, status: "fail", detail: oneLine(detail), fix: oneLine(fix) };
}

/** Of what can't be read from here, with how it can. */
export function unread(check: string, detail: string, fix: string): Check {
  return { check, status: "unread", detail: oneLine(detail), fix: oneLine(fix) };
}

/** A check needs something that another check has found missing: told once there, and mentioned here. */
export class Blocked extends Error {}

/** How long one check may take. A service that does not answer must not hide what the others found. */
const CHECK_MS = 20_000;

/** Runs one check: whatever goes wrong in it becomes its line, and the time is bounded. */
export async function bounded(
  check: string,
  work: () => Promise<readonly Check[]>,
  milliseconds = CHECK_MS,
): Promise<readonly Check[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Check[]>((resolve) => {
    timer = setTimeout(
      () =>
        resolve([
          fail(
            check,
            `no answer within ${milliseconds / 1000} s`,
            "Look at the network, and run: npx worker-secrets doctor",
          ),
        ]),
      milliseconds,
    );
  });
  try {
    return await Promise.race([work().catch((error: unknown) => failed(check, error)), late]);
  } finally {
    clearTimeout(timer);
  }
}

function failed(check: string, error: unknown): Check[] {
  if (error instanceof Blocked)
    return [warn(check, `not checked: ${error.message}`, "Mend the failed line above it first.")];
  if (error instanceof FaultsError)
    return error.faults.map(({ where, what, fix }) => fail(check, `${where}: ${what}`, fix));
  if (error instanceof ServiceError) {
    const code = error.code === 0 ? "" : `${error.code}: `;
    return [
      fail(
        check,
        `${code}${error.message}`,
        startSandbox(error) ?? "Look at the network and the login, and run: npx worker-secrets doctor",
      ),
    ];
  }
  throw error;
}

const MARKS = { ok: "ok  ", warn: "warn", fail: "FAIL", unread: "????" } as const;

export function describeChecks(checks: readonly Check[]): string {
  const lines = checks.map(({ check, status, detail, fix }) =>
    [`${MARKS[status]}  ${check}: ${detail}`, ...(fix === undefined ? [] : [`        ${fix}`])].join("\n"),
  );
  const count = (status: Check["status"]) => checks.filter((one) => one.status === status).length;
  return [
    ...lines,
    "",
    `${count("ok")} ok, ${count("warn")} to look at, ${count("fail")} failed${count("unread") === 0 ? "" : `, ${count("unread")} not readable`}`,
  ].join("\n");
}
