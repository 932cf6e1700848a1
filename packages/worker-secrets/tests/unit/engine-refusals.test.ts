import assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { apiRefusals, describeRefusals } from "../../src/cli/engine/refusals.ts";

const urn = (type: string, name: string) => `urn:pulumi:dev::shop::my:Parent$${type}::${name}`;
const CRON = "cloudflare:index/workersCronTrigger:WorkersCronTrigger";
const SCRIPT = "cloudflare:index/workersScript:WorkersScript";
const DOMAIN = "cloudflare:index/workersCustomDomain:WorkersCustomDomain";
const ENVIRONMENT = "pulumiservice:api/esc:Environment";

const cloudflareBody = (code: number, message: string) =>
  JSON.stringify({ success: false, errors: [{ code, message }], messages: [], result: null });

/** The step began, and the provider reported `message` for it. */
function failed(
  op: string,
  type: string,
  name: string,
  inputs: object,
  ...messages: string[]
): EngineEvent[] {
  const metadata = { op, urn: urn(type, name), type, new: { inputs } };
  return [
    { resourcePreEvent: { metadata } },
    ...messages.map((message) => ({ diagnosticEvent: { urn: urn(type, name), severity: "error", message } })),
    { resOpFailedEvent: { metadata, status: 0, steps: 1 } },
  ] as unknown as EngineEvent[];
}

const ROWS: readonly {
  readonly what: string;
  readonly events: readonly EngineEvent[];
  readonly reason: string;
  readonly advice: RegExp;
}[] = [
  {
    what: "a cron, reported twice by the real plugin: as a log line and as the step's error",
    events: failed(
      "create",
      CRON,
      "cron",
      { scriptName: "shop-dev" },
      `<{%fg 1%}>[ERROR] PUT "https://api/client/v4/accounts/a/workers/scripts/shop-dev/schedules": 400 Bad Request ${cloudflareBody(10100, 'invalid cron string: "60 * * * *"')}: failed to make http request<{%reset%}>\n`,
      `failed to make http request: PUT "https://api/client/v4/accounts/a/workers/scripts/shop-dev/schedules": 400 Bad Request ${cloudflareBody(10100, 'invalid cron string: "60 * * * *"')}`,
      "update failed",
    ),
    reason: `Cloudflare refused to create WorkersCronTrigger 'cron' of Worker 'shop-dev': HTTP 400, invalid cron string: "60 * * * *" (code 10100)`,
    advice: /Fix 'triggers\.crons'/,
  },
  {
    what: "a script; lines and escape sequences of the service become one line",
    events: failed(
      "update",
      SCRIPT,
      "shop",
      { scriptName: "shop-dev" },
      `failed to make http request: PUT "https://api/x": 400 Bad Request ${cloudflareBody(10021, "Uncaught Error: \u001b[31mno\nat worker.js:1")}`,
    ),
    reason:
      "Cloudflare refused to update Worker 'shop-dev': HTTP 400, Uncaught Error: \\x1b[31mno at worker.js:1 (code 10021)",
    advice: /Fix the Worker's code or bindings/,
  },
  {
    what: "a custom domain that names its Worker by another property, deleted by a replacement",
    events: failed(
      "delete-replaced",
      DOMAIN,
      "www",
      { service: "shop-dev" },
      `failed to make http request: DELETE "https://api/x": 403 Forbidden ${cloudflareBody(10000, "Authentication error")}`,
    ),
    reason:
      "Cloudflare refused to delete WorkersCustomDomain 'www' of Worker 'shop-dev': HTTP 403, Authentication error (code 10000)",
    advice: /npx worker-secrets doctor/,
  },
  {
    what: "an answer without JSON",
    events: failed(
      "create",
      DOMAIN,
      "www",
      { service: "shop-dev" },
      'failed to make http request: PUT "https://api/x": 502 Bad Gateway <html>secret</html>',
    ),
    reason: "Cloudflare refused to create WorkersCustomDomain 'www' of Worker 'shop-dev': HTTP 502",
    advice: /could not do it now: wait a moment/,
  },
  {
    what: "Pulumi Cloud by the generated resources' client",
    events: failed(
      "update",
      ENVIRONMENT,
      "environment",
      {},
      'rest: PATCH https://api.pulumi.com/api/esc/environments/o/shop/dev returned 403: {"code":403,"message":"Forbidden: read only"}',
    ),
    reason: "Pulumi Cloud refused to update Environment 'environment': HTTP 403, Forbidden: read only",
    advice: /pulumi login as somebody who may/,
  },
  {
    what: "Pulumi Cloud by the older resources' client",
    events: failed(
      "create",
      "pulumiservice:index:Team",
      "ops",
      {},
      "failed to create team: 402 API error: not in your plan",
    ),
    reason: "Pulumi Cloud refused to create Team 'ops': HTTP 402, not in your plan",
    advice: /Fix what it names/,
  },
];

describe("what an API refused in an operation of the engine", () => {
  for (const { what, events, reason, advice } of ROWS) {
    it(`is worded with the resource, the Worker, the code and the next step: ${what}`, () => {
      const described = describeRefusals(apiRefusals(events));
      assert.equal(described?.reason, reason);
      assert.match(described?.next ?? "", advice);
      assert.match(described?.next ?? "", /run the same command again/);
    });
  }

  it("has a line for each resource that was refused, and an advice once", () => {
    const [cron] = ROWS;
    const other = failed(
      "create",
      CRON,
      "other",
      { scriptName: "mail-dev" },
      `PUT "https://api/x": 400 Bad Request ${cloudflareBody(10100, "no")}`,
    );
    const described = describeRefusals(apiRefusals([...(cron?.events ?? []), ...other]));
    assert.equal(described?.reason.split("\n").length, 2);
    assert.equal(described?.next.match(/triggers\.crons/g)?.length, 1);
  });

  it("is nothing where the program, a policy or the engine itself stopped, or the network was away", () => {
    const texts = [
      "The program stopped: 404 is no answer",
      'failed to make http request: PUT "https://api/x": connection refused',
    ];
    for (const text of texts) {
      assert.equal(describeRefusals(apiRefusals(failed("create", CRON, "cron", {}, text))), undefined);
    }
    assert.deepEqual(
      apiRefusals([{ diagnosticEvent: { severity: "error", message: "x" } } as EngineEvent]),
      [],
    );
  });

  it("cuts a text without end, and never searches its JSON without end", () => {
    const long = cloudflareBody(1, "}".repeat(2_000));
    const [refusal] = apiRefusals(
      failed("create", CRON, "c", {}, `PUT "https://api/x": 400 Bad Request ${long}`),
    );
    assert.ok((refusal?.errors[0]?.message.length ?? 0) <= 302);
  });
});
