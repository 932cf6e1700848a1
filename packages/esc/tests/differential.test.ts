import assert from "node:assert/strict";
import { compare } from "./differential/compare.ts";
import { type Case, generateCase, requestOf, smallerCases } from "./differential/document.ts";
import { Random, runsFrom, seedFrom } from "./differential/random.ts";
import { buildReference, type Reference, startReference } from "./differential/reference.ts";

/** Steps of making a failing document smaller; each is one evaluation on both sides. */
const mostSteps = 3_000;
const batch = 100;

describe("ESC: random documents, ours beside the reference evaluator", () => {
  const built = buildReference();
  if ("reason" in built) {
    it(`DID NOT RUN: ${built.reason}`);
    return;
  }
  const seed = seedFrom("ESC_DIFFERENTIAL_SEED");
  const runs = runsFrom("ESC_DIFFERENTIAL_RUNS", 500);

  it(`${runs} documents, no difference (ESC_DIFFERENTIAL_SEED=${seed})`, async () => {
    const reference = startReference(built.program);
    const tally = new Map<string, number>();
    const count = (what: string) => tally.set(what, (tally.get(what) ?? 0) + 1);
    try {
      for (let done = 0; done < runs; ) {
        const cases = Array.from({ length: Math.min(batch, runs - done) }, (_, i) =>
          generateCase(new Random(seed + done + i)),
        );
        const answers = await Promise.all(cases.map((made) => reference.ask(requestOf(made))));
        for (const [i, made] of cases.entries()) {
          const answer = answers[i];
          assert.ok(answer);
          const outcome = compare(requestOf(made), answer);
          if (outcome.kind === "different") assert.fail(await explain(reference, made, seed + done + i));
          count(outcome.kind === "skipped" ? outcome.why : "alike");
          count(answer.diagnostics?.some((d) => d.severity === "error") ? "with errors" : "without errors");
        }
        done += cases.length;
      }
    } finally {
      reference.close();
    }
    console.log(`      ${[...tally].map(([what, n]) => `${n} ${what}`).join(", ")}`);
    if (runs < batch) return; // a few say nothing of the mixture
    assert.ok((tally.get("alike") ?? 0) >= runs * 0.9, "nearly all documents must be comparable");
    assert.ok((tally.get("without errors") ?? 0) >= runs / 10, "many documents must be free of errors");
  }).timeout(60_000 + runs * 100);
});

/** The smallest document found that still differs, and how. */
async function explain(reference: Reference, first: Case, seed: number): Promise<string> {
  let smallest = first;
  let steps = 0;
  for (let found = true; found; ) {
    found = false;
    for (const candidate of smallerCases(smallest)) {
      if (++steps > mostSteps) break;
      const request = requestOf(candidate);
      if (compare(request, await reference.ask(request)).kind !== "different") continue;
      smallest = candidate;
      found = true;
      break;
    }
  }
  const request = requestOf(smallest);
  const outcome = compare(request, await reference.ask(request));
  const texts = Object.entries(request.environments).map(([name, text]) => `--- ${name}\n${text}`);
  const how = outcome.kind === "different" ? outcome.how : "";
  return [
    `ours and the reference differ (ESC_DIFFERENTIAL_SEED=${seed} ESC_DIFFERENTIAL_RUNS=1), mode ${request.mode}:`,
    request.text,
    ...texts,
    how,
  ].join("\n");
}
