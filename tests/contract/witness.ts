import assert from "node:assert/strict";
import type { Exchange } from "../../sandbox/http/exchange.ts";
import { type Deviation, deviations } from "./deviations.ts";
import { EvidenceCollector, readEvidence } from "./evidence.ts";
import { ContractCheck, type Finding } from "./findings.ts";
import { openApi } from "./openapi.ts";
import { writeContract } from "./operations-document.ts";

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
    `answers that are not what Pulumi Cloud's contract says; mend them, or list them with a reason in tests/contract/deviations.ts:\n  ${found.join("\n  ")}`,
  );
}

/** What a whole run can judge: deviations that did not occur in it. Nothing without the contract. */
export function unusedDeviations(): readonly Deviation[] {
  return check ? deviations.filter((deviation) => !used.has(deviation)) : [];
}

/** Replaces the committed evidence by that of this run, or adds to it what a run of some tests has seen. */
export function writeEvidence(whole: boolean): void {
  writeContract(collector.evidence(whole ? {} : readEvidence()));
}
