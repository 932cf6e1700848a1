import assert from "node:assert/strict";
import { type Effect, EffectJournal } from "../../src/api/effects.ts";
import { describeFailure, type Failure, failureJson } from "../../src/cli/terminal/words.ts";

const stored: Effect = {
  kind: "stored",
  environment: "shop/dev-secrets",
  names: ["API_KEY", "mail.TOKEN"],
  revision: 4,
};
const deployed: Effect = {
  kind: "deployed",
  stack: "acme/shop/dev",
  live: ["Worker 'shop-dev' (updated)"],
  partly: true,
};
const unknown: Effect = {
  kind: "unknown",
  place: "GitHub, /issues/7",
  what: "POST /issues/7 took place at GitHub",
  look: "the issue",
};
const fault = { where: "Pulumi.yaml", what: "it has no 'name'", fix: "Add one." };

const ROWS: readonly {
  readonly title: string;
  readonly failure: Partial<Failure>;
  readonly lines: readonly string[];
}[] = [
  { title: "nothing, after a reason", failure: {}, lines: ["No.", "Nothing was changed."] },
  {
    title: "nothing, after what passes",
    failure: { passing: true },
    lines: ["No.", "Nothing was changed; run the same command again."],
  },
  {
    title: "nothing, with a next command that is said once",
    failure: { passing: true, next: "Run: pulumi cancel" },
    lines: ["No.", "Nothing was changed.", "Run: pulumi cancel"],
  },
  {
    title: "nothing, after faults",
    failure: { faults: [fault] },
    lines: ["One problem found; nothing was changed.", "  - Pulumi.yaml: it has no 'name'", "    Add one."],
  },
  {
    title: "a value that is stored and not deployed",
    failure: { effects: [stored], faults: [fault, fault] },
    lines: [
      "2 problems found.",
      "  - Pulumi.yaml: it has no 'name'",
      "    Add one.",
      "  - Pulumi.yaml: it has no 'name'",
      "    Add one.",
      "Done before that:",
      "  shop/dev-secrets: stored API_KEY, mail.TOKEN (revision 4)",
      "Nothing was deployed.",
      "The same command again goes on from there.",
    ],
  },
  {
    title: "a deployment in part, with the refusal's own advice",
    failure: { effects: [stored, deployed], next: "Fix it, then run the same command again." },
    lines: [
      "No.",
      "Done before that:",
      "  shop/dev-secrets: stored API_KEY, mail.TOKEN (revision 4)",
      "  acme/shop/dev: deployed in part; live are Worker 'shop-dev' (updated)",
      "Fix it, then run the same command again.",
    ],
  },
  {
    title: "a write whose outcome nobody knows: no claim that nothing was deployed",
    failure: { effects: [stored, unknown] },
    lines: [
      "No.",
      "Done before that:",
      "  shop/dev-secrets: stored API_KEY, mail.TOKEN (revision 4)",
      "Not known, because no answer confirms or refuses it:",
      "  whether POST /issues/7 took place at GitHub; look: the issue",
      "The same command again goes on from there.",
    ],
  },
];

describe("how a failure words what the run has changed", () => {
  for (const { title, failure, lines } of ROWS) {
    it(title, () => {
      const whole = { reason: "No.", faults: [], effects: [{ kind: "none" } as const], ...failure };
      assert.deepEqual(describeFailure(whole).split("\n"), lines);
      const json = failureJson(whole);
      assert.deepEqual([json.message, json.effect], [lines.join("\n"), whole.effects]);
    });
  }
});

describe("the journal of what a run has changed", () => {
  it("is empty until a change, has each once, and takes back what was undone", () => {
    const journal = new EffectJournal();
    assert.deepEqual(journal.effects(), [{ kind: "none" }]);
    const undo = journal.note({ kind: "written", file: "Pulumi.dev.yaml" });
    journal.note({ kind: "written", file: "Pulumi.dev.yaml" });
    assert.deepEqual(journal.effects(), [{ kind: "written", file: "Pulumi.dev.yaml" }]);
    undo();
    assert.deepEqual(journal.effects(), [{ kind: "none" }]);
  });

  it("forgets a doubt about a place that a later write settles", () => {
    const journal = new EffectJournal();
    const doubt = { kind: "unknown", what: "it was stored", look: "pulumi env get" } as const;
    journal.note({ ...doubt, place: "Environment shop/dev-secrets" });
    journal.note({ ...doubt, place: "Environment shop/dev-cloudflare" });
    journal.note(stored);
    assert.deepEqual(journal.effects(), [{ ...doubt, place: "Environment shop/dev-cloudflare" }, stored]);
  });
});
