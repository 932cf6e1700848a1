import assert from "node:assert/strict";
import { readEndpoints } from "../../stack/endpoints.ts";
import type { Fault } from "../../stack/faults.ts";

const TOKEN = "canary".padEnd(40, "t");
const good = { PULUMI_ACCESS_TOKEN: "pul-canary", CLOUDFLARE_API_TOKEN: TOKEN };

describe("the endpoints", () => {
  const read = (env: Record<string, string | undefined>) => {
    const faults: Fault[] = [];
    return { endpoints: readEndpoints({ ...good, ...env }, faults), faults };
  };
  const says = (env: Record<string, string | undefined>, ...patterns: RegExp[]) => {
    const { endpoints, faults } = read(env);
    assert.equal(endpoints, undefined);
    const text = JSON.stringify(faults);
    for (const pattern of patterns) assert.match(text, pattern);
    assert.ok(!text.includes("canary"), "a token is in the message");
  };

  it("are the real services by default, and a self-hosted Pulumi Cloud by its URL", () => {
    assert.equal(read({}).endpoints?.pulumi.url, "https://api.pulumi.com");
    assert.equal(read({}).endpoints?.cloudflare.url, "https://api.cloudflare.com/client/v4");
    const own = read({ PULUMI_API: "https://pulumi.corp.example/" }).endpoints;
    assert.equal(own?.pulumi.url, "https://pulumi.corp.example");
  });

  it("are of one world: a token never goes to the other one", () => {
    says({ PULUMI_API: "http://127.0.0.1:8977" }, /CLOUDFLARE_BASE_URL at the real service/, /unset both/);
    says({ CLOUDFLARE_BASE_URL: "http://localhost:8977/client/v4" }, /PULUMI_API at the real service/);
    const sandbox = { PULUMI_API: "http://[::1]:1", CLOUDFLARE_BASE_URL: "http://127.0.0.1:1/client/v4" };
    assert.ok(read(sandbox).endpoints !== undefined);
  });

  for (const backend of ["file:///home/me", "file://~", "s3://bucket", "gs://bucket", "azblob://container"]) {
    it(`refuse state outside Pulumi Cloud: ${backend}`, () => {
      says(
        { PULUMI_API: backend },
        /state backend other than Pulumi Cloud can't be used, ESC needs it/,
        /pulumi login/,
      );
      says({ PULUMI_API: undefined, PULUMI_BACKEND_URL: backend }, /ESC needs it/);
    });
  }

  it("need both tokens, the deploy token in its form; all faults at once", () => {
    says(
      { PULUMI_ACCESS_TOKEN: "", CLOUDFLARE_API_TOKEN: undefined },
      /nobody is logged in/,
      /gave no deploy token/,
    );
    says({ CLOUDFLARE_API_TOKEN: "canary short" }, /wrong form \(12 characters/);
  });
});
