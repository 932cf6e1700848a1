import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { bearer, type Credential, pulumiToken } from "../../src/api/credential.ts";
import { send } from "../../src/api/http.ts";
import type { Fault } from "../../src/faults.ts";
import { readEndpoints } from "../../src/program/endpoints.ts";

const TOKEN = "canary".padEnd(40, "t");
const SANDBOX_TOKEN = "sandbox-canary".padEnd(44, "t");
const good = { PULUMI_ACCESS_TOKEN: "pul-canary", CLOUDFLARE_API_TOKEN: TOKEN };

describe("the endpoints", () => {
  const read = (env: Record<string, string | undefined>) => {
    const faults: Fault[] = [];
    return { endpoints: readEndpoints({ ...good, ...env }, "shop/dev-cloudflare", faults), faults };
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
    const own = read({
      PULUMI_API: "https://pulumi.corp.example/",
      WORKER_SECRETS_HOSTS: "pulumi.corp.example",
    }).endpoints;
    assert.equal(own?.pulumi.url, "https://pulumi.corp.example");
  });

  it("are of one world: a token never goes to the other one", () => {
    says({ PULUMI_API: "http://127.0.0.1:8977" }, /CLOUDFLARE_BASE_URL at the real service/, /unset both/);
    says({ CLOUDFLARE_BASE_URL: "http://localhost:8977/client/v4" }, /PULUMI_API at the real service/);
    const sandbox = { PULUMI_API: "http://[::1]:1", CLOUDFLARE_BASE_URL: "http://127.0.0.1:1/client/v4" };
    const tokens = { PULUMI_ACCESS_TOKEN: SANDBOX_TOKEN, CLOUDFLARE_API_TOKEN: SANDBOX_TOKEN };
    assert.ok(read({ ...sandbox, ...tokens }).endpoints !== undefined);
    // Both addresses are of one world, and a token is not.
    says(
      { ...sandbox, ...tokens, PULUMI_ACCESS_TOKEN: `pul-canary${"0".repeat(34)}` },
      /form of a real token/,
    );
    for (const real of [`cfut_canary${"x".repeat(42)}`, `cfat_canary${"x".repeat(42)}`, TOKEN])
      says({ ...sandbox, ...tokens, CLOUDFLARE_API_TOKEN: real }, /real token, and http:..127.0.0.1:1/);
    says({ CLOUDFLARE_API_TOKEN: SANDBOX_TOKEN }, /a sandbox's token, and https:..api.cloudflare.com/);
    says({ CLOUDFLARE_API_TOKEN: `cfut_${SANDBOX_TOKEN}` }, /a sandbox's token/);
    says({ PULUMI_ACCESS_TOKEN: SANDBOX_TOKEN }, /a sandbox's token, and https:..api.pulumi.com/);
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

  it("are walls for every call too: a token of one world is not sent to the other", async () => {
    let asked = 0;
    const server = createServer((_, answer) => {
      asked++;
      answer.end("{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const call = (authorization: Credential, url = `http://127.0.0.1:${port}/`) =>
      send({ method: "GET", url, headers: { authorization } });
    try {
      for (const authorization of [bearer(TOKEN), pulumiToken("pul-canary"), bearer("cfut_canary")])
        await assert.rejects(
          call(authorization),
          ({ message }: Error) => /was not sent/.test(message) && !message.includes("canary"),
        );
      await assert.rejects(call(bearer(SANDBOX_TOKEN), "https://api.cloudflare.com/"), /was not sent/);
      assert.equal(asked, 0);
      await call(bearer(SANDBOX_TOKEN));
      assert.equal(asked, 1);
    } finally {
      server.close();
    }
  });

  it("need both tokens, the deploy token in its form; all faults at once", () => {
    says(
      { PULUMI_ACCESS_TOKEN: "", CLOUDFLARE_API_TOKEN: undefined },
      /nobody is logged in/,
      /gave no deploy token/,
    );
    says({ CLOUDFLARE_API_TOKEN: "canary short" }, /wrong form \(12 characters/);
  });
});
