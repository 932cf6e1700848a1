import assert from "node:assert/strict";
import { secret } from "../src/providers/properties.ts";
import { type Answer, Harness, result, status, TOKEN } from "./providers-harness.ts";
import { inputs, SCRIPT, SUBDOMAIN, WORKER } from "./providers-workers-script-fixtures.ts";

describe("stand-in for cloudflare: the client", () => {
  const harness = new Harness();
  const { recorder } = harness;
  const path = `${WORKER}/subdomain`;
  const given = { accountId: "acc", scriptName: "w", enabled: true, previewsEnabled: false };
  const ok = result({ enabled: true, previews_enabled: false });

  before(() => harness.start());
  after(() => harness.close());

  /** Answers in turn, the last one from then on. */
  const inTurn = (...answers: Answer[]): Answer => {
    let index = 0;
    return (request, response) => (answers[index++] ?? answers.at(-1))?.(request, response);
  };

  it("repeats after 429 when `Retry-After` says, and after 5xx with pauses that grow", async () => {
    const provider = harness.connect("cloudflare");
    await provider.configure();
    recorder.reset({
      [`POST ${path}`]: inTurn(
        status(429, {}, { "retry-after": "0" }),
        status(503, {}, { "retry-after-ms": "1" }),
        ok,
      ),
    });
    await provider.create(SUBDOMAIN, given);
    assert.deepEqual(
      recorder.seen.map(({ headers }) => headers["x-stainless-retry-count"]),
      ["0", "1", "2"],
    );
  });

  it("gives up after two repetitions, and never repeats another 4xx; the answer is in the error", async () => {
    const provider = harness.connect("cloudflare");
    await provider.configure();
    const error = { errors: [{ code: 10013, message: "unknown error" }] };
    recorder.reset({ [`POST ${path}`]: status(500, error, { "retry-after-ms": "1" }) });
    await assert.rejects(
      provider.create(SUBDOMAIN, given),
      /failed to make http request: POST "http.*subdomain": 500 Internal Server Error .*10013/,
    );
    assert.equal(recorder.seen.length, 3);
    recorder.reset({
      [`POST ${path}`]: status(403, { errors: [{ code: 10000, message: "Authentication error" }] }),
    });
    await assert.rejects(provider.create(SUBDOMAIN, given), /403 Forbidden .*Authentication error/);
    assert.equal(recorder.seen.length, 1);
  });

  it("never has a secret of the request in an error", async () => {
    const provider = harness.connect("cloudflare");
    await provider.configure();
    recorder.reset({ [`PUT ${WORKER}`]: status(400, { errors: [{ code: 10021 }] }) });
    await assert.rejects(provider.create(SCRIPT, inputs), (error: Error) => {
      assert.doesNotMatch(error.message, /s3cr3t|cf-token/);
      return true;
    });
  });

  it("is broken off by Cancel", async () => {
    const provider = harness.connect("cloudflare");
    await provider.configure();
    recorder.reset({ [`POST ${path}`]: () => setTimeout(() => void provider.cancel(), 50) });
    await assert.rejects(provider.create(SUBDOMAIN, given), /failed to make http request/);
    assert.equal(recorder.seen.length, 1);
  });

  it("takes the token of the configuration before that of the environment, and looks only at the former", async () => {
    const provider = harness.connect("cloudflare");
    await assert.rejects(provider.configure({ apiToken: "short" }), /API tokens must be 40 to 80 characters/);
    const apiToken = "x".repeat(40);
    await provider.configure({ apiToken: secret(apiToken) });
    recorder.reset({ [`POST ${path}`]: ok });
    await provider.create(SUBDOMAIN, given);
    assert.equal(recorder.last().headers.authorization, `Bearer ${apiToken}`);
  });

  it("keeps two connections apart, and asks for the environment each time it is configured", async () => {
    const first = harness.connect("cloudflare");
    await first.configure();
    const other = harness.connect("cloudflare", "localhost");
    harness.environment = { ...harness.environment, CLOUDFLARE_API_TOKEN: "rotated" };
    await other.configure();
    recorder.reset({ [`POST ${path}`]: ok });
    await first.create(SUBDOMAIN, given);
    assert.equal(recorder.last().headers.authorization, `Bearer ${TOKEN}`);
    await other.create(SUBDOMAIN, given);
    assert.equal(recorder.last().headers.authorization, "Bearer rotated");
    harness.environment = { ...harness.environment, CLOUDFLARE_API_TOKEN: TOKEN };
  });

  it("refuses a resource type that it does not have, by name, with the way to the real plugin", async () => {
    const provider = harness.connect("cloudflare");
    await provider.configure();
    const { failures } = await provider.check("urn:pulumi:dev::p::cloudflare:index/zone:Zone::z", {});
    assert.match(failures.join(), /cloudflare:index\/zone:Zone of cloudflare is not in the stand-in/);
    assert.match(failures.join(), /pulumi plugin install resource cloudflare 6\.22\.1/);
  });
});
