import assert from "node:assert/strict";
import { join } from "node:path";
import { tempFolder } from "../../../tests/helpers/temp.ts";
import { pulumiClient } from "../../worker-secrets/src/api/pulumi.ts";
import { FAULT_KINDS, type FaultKind, faultDecider } from "../src/http/fault-plan.ts";
import { faultOf, parseFaultPlan, WrongFaultPlan } from "../src/http/fault-text.ts";
import { type Sandbox, startSandbox } from "../src/sandbox.ts";

describe("which calls a fault hits", () => {
  const hits = (text: string, calls: number, path = "/api/user", method = "GET") => {
    const decide = faultDecider(parseFaultPlan(text));
    return Array.from({ length: calls }, (_, call) => (decide(method, path) ? [call + 1] : [])).flat();
  };

  it("every one that matches, or so many from the nth", () => {
    assert.deepEqual(hits("500 /**", 3), [1, 2, 3]);
    assert.deepEqual(hits("500 /** nth=2", 4), [2]);
    assert.deepEqual(hits("500 /** nth=2 times=2", 5), [2, 3]);
    assert.deepEqual(hits("500 /** times=1", 3), [1]);
  });

  it("by method and path: * is a segment, ** any number, and nothing else is special", () => {
    const hit = (rule: string, path: string, method = "GET") => hits(rule, 1, path, method).length === 1;
    assert.ok(hit("500 GET /api/*", "/api/user"));
    assert.ok(!hit("500 GET /api/*", "/api/user/x"));
    assert.ok(hit("500 GET /api/**", "/api/user/x"));
    assert.ok(!hit("500 PATCH /api/**", "/api/user"));
    assert.ok(!hit("500 /api/us.r", "/api/user"));
    assert.ok(hit("500 /api/*/b/**", "/api/a/b/c/d"));
  });

  it("by chance out of the seed: the same in each run, whatever other rules draw", () => {
    const once = hits("seed=5; 500 /** p=0.3", 200);
    assert.ok(once.length > 30 && once.length < 90, String(once.length));
    assert.deepEqual(hits("seed=5; 500 /** p=0.3", 200), once);
    assert.notDeepEqual(hits("seed=6; 500 /** p=0.3", 200), once);
    assert.deepEqual(hits("seed=5\n500 /** p=0.3\n409 /other p=0.5", 200), once);
    assert.deepEqual(hits("seed=5; 500 /** p=0.3 times=2", 200), once.slice(0, 2));
  });

  it("the first rule that hits decides", () => {
    const decide = faultDecider(parseFaultPlan("429:7 /api/** nth=2; latency:20 /**"));
    const { kind } = decide("GET", "/api/a") ?? {};
    assert.equal(kind, "latency");
    assert.deepEqual(decide("GET", "/api/a"), { kind: "429", retryAfter: 7 });
  });

  const wrong: readonly [text: string, says: RegExp][] = [
    ["", /no rule/],
    ["# nothing\n", /no rule/],
    ["504 /**", /its kind is none of latency, 429/],
    ["500:3 /**", /its kind is none of/],
    ["500 api", /it has no path/],
    ["500 get /api", /it has no path/],
    ["500 /** nth=0", /nth is no count/],
    ["500 /** p=2", /p is no probability/],
    ["500 /** often", /a setting is not nth=N/],
    ["503 /a nth=1; 500 b", /rule 2: .*such as/],
  ];
  for (const [text, says] of wrong)
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseFaultPlan(text),
        (error) => error instanceof WrongFaultPlan && says.test(error.message),
      );
    });
});

describe("what a client meets", () => {
  const folder = tempFolder();
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ port: 0, dataFolder: join(folder, "data") });
  });
  after(() => sandbox?.close());

  let made = 0;
  /** Makes an Environment under a fault; says what the client saw, and whether the call had its effect. */
  const meet = async (kind: FaultKind) => {
    const { url, token, organization } = sandbox.description.pulumi;
    const name = `e${made++}`;
    sandbox.injectFaults({ rules: [{ fault: faultOf(kind, kind === "429" ? 3 : 1), path: "/api/**" }] });
    const seen = await fetch(`${url}/api/esc/environments/${organization}`, {
      method: "POST",
      headers: { authorization: `token ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ project: "faults", name }),
    }).then(
      async (answer) => ({
        status: answer.status,
        retryAfter: answer.headers.get("retry-after"),
        text: await answer.text().catch(() => "lost"),
      }),
      () => "lost" as const,
    );
    assert.deepEqual(sandbox.faultsMet(), [
      { method: "POST", path: `/api/esc/environments/${organization}`, kind },
    ]);
    sandbox.injectFaults(undefined);
    const stored = await pulumiClient(url, token, organization).environment(`faults/${name}`);
    return { seen, effect: stored !== undefined };
  };
  const status = (seen: Awaited<ReturnType<typeof meet>>["seen"]) => (seen === "lost" ? seen : seen.status);

  const expected: Readonly<Record<FaultKind, readonly [seen: number | "lost", effect: boolean]>> = {
    latency: [200, true],
    "429": [429, false],
    "500": [500, false],
    "502": [502, false],
    "503": [503, false],
    "409": [409, false],
    "expired-token": [401, false],
    "reset-before": ["lost", false],
    "reset-after": ["lost", true],
    truncated: [200, true],
    "wrong-json": [200, true],
    "not-json": [200, true],
  };
  for (const kind of FAULT_KINDS)
    it(kind, async () => {
      const { seen, effect } = await meet(kind);
      assert.deepEqual([status(seen), effect], expected[kind]);
      if (seen === "lost") return;
      if (kind === "429") assert.equal(seen.retryAfter, "3");
      if (kind === "truncated") assert.equal(seen.text, "lost");
      if (kind === "not-json") assert.match(seen.text, /^<html>/);
    });

  it("in Cloudflare's form on its half", async () => {
    const { url, token } = sandbox.description.cloudflare;
    sandbox.injectFaults({ rules: [{ fault: faultOf("expired-token"), path: "/client/v4/**" }] });
    const answer = await fetch(`${url}/user/tokens/verify`, {
      headers: { authorization: `Bearer ${token}` },
    });
    sandbox.injectFaults(undefined);
    assert.deepEqual(
      [answer.status, ((await answer.json()) as { errors: unknown }).errors],
      [401, [{ code: 10000, message: "Authentication error" }]],
    );
  });
});
