import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Exchange } from "../../packages/sandbox/src/http/exchange.ts";
import { type Deviation, deviations } from "./deviations.ts";
import { type Evidence, EvidenceCollector } from "./evidence.ts";
import { ContractCheck, type Finding } from "./findings.ts";
import { openApi } from "./openapi.ts";

const collector = new EvidenceCollector();
const used = new Set<Deviation>();
const pending = new Map<string, Finding>();
let check: ContractCheck | null | undefined;

/** The witness of all sandboxes of a test run: gathers evidence, and compares the Pulumi half with its contract. */
export function onExchange(exchange: Exchange): void {
  collector.add(exchange);
  if (exchange.url.pathname.startsWith("/client/v4")) return;
  if (check === undefined) {
    const document = openApi();
    check = document === undefined ? null : new ContractCheck(document);
  }
  for (const finding of check?.findings(exchange) ?? []) {
    const allowed = deviations.find((deviation) => covers(deviation, finding));
    if (allowed === undefined) pending.set(`${finding.operation}: ${finding.text}`, finding);
    else used.add(allowed);
  }
}

export function covers({ operation, finding }: Deviation, found: Finding): boolean {
  const applies =
    typeof operation === "string" ? operation === found.operation : operation.test(found.operation);
  return applies && finding.test(found.text);
}

/** Fails with every answer since the last call that breaks the contract. Called when a test's sandbox closes. */
export function assertContract(): void {
  const found = [...pending.keys()].sort();
  pending.clear();
  assert.equal(
    found.length,
    0,
    `answers that are not what Pulumi Cloud's contract says; correct them, or list them with a reason in tests/contract/deviations.ts:\n  ${found.join("\n  ")}`,
  );
}

/** What one process of a test run has seen, as it is handed to the process that started them. */
export interface Account {
  readonly evidence: Evidence;
  /** Whether there was a contract to compare with. */
  readonly compared: boolean;
  /** Places in `deviations` of those that occurred. */
  readonly used: readonly number[];
}

/** Leaves this process's account in a folder, in place of its earlier one. */
export function leaveAccount(folder: string): void {
  const account: Account = {
    evidence: collector.evidence(),
    compared: Boolean(check),
    used: [...used].map((deviation) => deviations.indexOf(deviation)),
  };
  writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(account));
}

/** What the processes of a test run have left in a folder. */
export function readAccounts(folder: string): Account[] {
  return readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Account);
}

/** What a whole test run has seen, from the accounts of its processes. */
export function joinAccounts(accounts: readonly Account[]): {
  readonly evidence: readonly Evidence[];
  /** Deviations that did not occur. Only a whole run can judge by them; none without the contract. */
  readonly unused: readonly Deviation[];
} {
  const occurred = new Set(accounts.flatMap((account) => account.used));
  return {
    evidence: accounts.map((account) => account.evidence),
    unused: accounts.some(({ compared }) => compared)
      ? deviations.filter((_, place) => !occurred.has(place))
      : [],
  };
}
