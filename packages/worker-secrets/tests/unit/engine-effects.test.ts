import assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { EffectJournal, withJournal } from "../../src/api/effects.ts";
import { noteEngineWork, type Scripts } from "../../src/cli/engine/engine-effects.ts";

const SCRIPT = "cloudflare:index/workersScript:WorkersScript";
const CRON = "cloudflare:index/workersCronTrigger:WorkersCronTrigger";

interface Step {
  readonly op: string;
  readonly type?: string;
  readonly scriptName?: string;
  /** What the provider reports, where the step fails. */
  readonly error?: string;
  /** Nothing is reported of its end: the engine or the provider was gone. */
  readonly open?: true;
  readonly more?: object;
}

function events({ op, type = SCRIPT, scriptName = "shop-dev", error, open, more }: Step): EngineEvent[] {
  const urn = `urn:pulumi:dev::shop::${type}::${scriptName}`;
  const state = { custom: true, inputs: { scriptName }, ...more };
  const metadata = { op, urn, type, ...(op.startsWith("delete") ? { old: state } : { new: state }) };
  const end = error === undefined ? { resOutputsEvent: { metadata } } : { resOpFailedEvent: { metadata } };
  return [
    { resourcePreEvent: { metadata } },
    ...(error === undefined ? [] : [{ diagnosticEvent: { urn, severity: "error", message: error } }]),
    ...(open ? [] : [end]),
  ] as unknown as EngineEvent[];
}

const answer = (status: number) => `PUT "https://api/x": ${status} Whatever {"errors":[]}`;
const scripts = (stamps: Readonly<Record<string, string>>): Scripts => new Map(Object.entries(stamps));
const live = (...done: string[]) => ({ kind: "deployed", stack: "dev", live: done, partly: true });
const doubt = (label: string) => ({
  kind: "unknown",
  place: label,
  what: `${label} was changed`,
  look: "pulumi refresh --preview-only --stack dev",
});

const ROWS: readonly {
  readonly title: string;
  readonly steps: readonly Step[];
  /** The account's scripts as the operation began and after its end. */
  readonly before?: Scripts;
  readonly after?: Scripts;
  readonly effects: readonly object[];
}[] = [
  {
    title: "what is done, without what changes nothing in a cloud",
    steps: [
      { op: "update" },
      { op: "same", scriptName: "mail-dev" },
      { op: "create", type: "my:Component", more: { custom: false } },
      { op: "update", type: "pulumi:providers:cloudflare" },
      { op: "delete", type: CRON, more: { retainOnDelete: true } },
    ],
    effects: [live("Worker 'shop-dev' (updated)")],
  },
  {
    title: "nothing, where the API refused the step",
    steps: [{ op: "create", type: CRON, error: answer(403) }],
    effects: [{ kind: "none" }],
  },
  {
    title: "a doubt, where a service failed at the step",
    steps: [{ op: "update" }, { op: "create", type: CRON, scriptName: "cron", error: answer(503) }],
    effects: [live("Worker 'shop-dev' (updated)"), doubt("WorkersCronTrigger 'cron'")],
  },
  {
    title: "a Worker in doubt that the account shows changed",
    steps: [{ op: "update", error: answer(500) }],
    before: scripts({ "shop-dev": "1" }),
    after: scripts({ "shop-dev": "2" }),
    effects: [live("Worker 'shop-dev' (updated)")],
  },
  {
    title: "a Worker in doubt that the account shows created",
    steps: [{ op: "create", open: true }],
    before: scripts({}),
    after: scripts({ "shop-dev": "1" }),
    effects: [live("Worker 'shop-dev' (created)")],
  },
  {
    title: "a Worker in doubt that the account shows deleted",
    steps: [{ op: "delete", open: true }],
    before: scripts({ "shop-dev": "1" }),
    after: scripts({}),
    effects: [live("Worker 'shop-dev' (deleted)")],
  },
  {
    title: "nothing, where the account shows a Worker in doubt unchanged",
    steps: [{ op: "update", open: true }],
    before: scripts({ "shop-dev": "1" }),
    after: scripts({ "shop-dev": "1" }),
    effects: [{ kind: "none" }],
  },
  {
    title: "a doubt, where the account can't be read any more",
    steps: [{ op: "update", open: true }],
    before: scripts({ "shop-dev": "1" }),
    effects: [doubt("Worker 'shop-dev'")],
  },
];

describe("what an operation of the engine that failed has changed", () => {
  for (const { title, steps, before, after, effects } of ROWS) {
    it(title, async () => {
      const journal = new EffectJournal();
      const operation = { operation: "up", stack: "dev", failed: true } as const;
      await withJournal(journal, () =>
        noteEngineWork(operation, steps.flatMap(events), before, async () => after),
      );
      assert.deepEqual(journal.effects(), effects);
    });
  }
});
