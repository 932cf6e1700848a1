import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, describe, it } from "mocha";
import { sameToken } from "../../packages/sandbox/src/http/guard.ts";
import { MAX_BODY_BYTES } from "../../packages/sandbox/src/http/route.ts";
import { identity, type Service, startService } from "../../packages/sandbox/tests/pulumi-harness.ts";
import { findOperation, keyOf, type Operation, operations } from "./route-table.ts";

const ORG = "/api/esc/environments/acme";

const pulumi = operations.filter(({ half }) => half === "Pulumi Cloud");

/** A path of an operation, every parameter filled in. */
function pathOf({ path }: Operation, organization: string): string {
  return path
    .replace(":org", organization)
    .replace(/:kind\{[^}]*\}/, "update")
    .replace(/:(?:version|page)\b/g, "1")
    .replace(/:[A-Za-z]+(?:\{[^/]*\})?/g, "x")
    .replace("*", "x");
}

describe("contract: isolation of the Pulumi half", () => {
  let service: Service;
  before(async () => {
    service = await startService();
    for (const org of ["acme", "ann"]) {
      await service.call("POST", `/api/esc/environments/${org}`, { project: "shop", name: org });
    }
    await service.call("PATCH", `${ORG}/shop/acme`, "values: {whose: {fn::secret: acme-only}}");
  });
  after(() => service.close());

  const call = (operation: Operation, organization: string, authorization: string | null) =>
    service.call(
      operation.method,
      pathOf(operation, organization),
      operation.method === "GET" || operation.method === "HEAD" ? undefined : {},
      { authorization },
    );

  describe("the token", () => {
    it("is compared whatever the lengths", () => {
      for (const [given, same] of [
        [identity.token, true],
        ["", false],
        [`${identity.token}${identity.token}`, false],
        [identity.token.toUpperCase(), false],
      ] as const) {
        assert.equal(sameToken(given, identity.token), same);
      }
    });
  });

  it("what is not in the sandbox says so in the service's form, and nothing else does", async () => {
    const wrong: string[] = [];
    for (const operation of pulumi) {
      // Another operation may answer for the path that was made up.
      if (findOperation(operation.method, pathOf(operation, "acme")) !== operation) continue;
      const { status, body } = await call(operation, "acme", `token ${identity.token}`);
      const says = status === 501 && body.code === 501 && /^Not Implemented: ./.test(String(body.message));
      if (says !== operation.absent) wrong.push(`${keyOf(operation)}: ${status}`);
    }
    assert.deepEqual(wrong, []);
  });

  it("organizations that the token is not for are not found", async () => {
    const found: string[] = [];
    for (const operation of pulumi.filter(({ path, absent }) => path.includes(":org") && !absent)) {
      const { status } = await call(operation, "stranger", `token ${identity.token}`);
      // A body can be refused before anybody looks where it goes.
      if (status !== 404 && status !== 400 && status !== 401) found.push(`${keyOf(operation)}: ${status}`);
    }
    assert.deepEqual(found, []);
  });

  describe("the address", () => {
    const asked = (host: string | undefined, headers: Record<string, string> = {}, method = "GET") =>
      new Promise<{ status: number; headers: Record<string, unknown> }>((resolve, reject) => {
        const sent = request(
          `${service.url}/api/user`,
          {
            method,
            headers: {
              authorization: `token ${identity.token}`,
              ...(host === undefined ? {} : { host }),
              ...headers,
            },
          },
          (response) => {
            response.resume().on("end", () => {
              resolve({ status: response.statusCode ?? 0, headers: response.headers });
            });
          },
        );
        sent.on("error", reject).end();
      });

    it("has to be this machine's, whatever the port", async () => {
      for (const host of ["127.0.0.1", "localhost:1", "LOCALHOST", "[::1]:5"]) {
        assert.equal((await asked(host)).status, 200, host);
      }
      for (const host of [
        "example.test",
        "127.0.0.1.example.test",
        "localhost.example.test",
        "169.254.169.254",
        "0.0.0.0",
        "example.test:127",
      ]) {
        assert.equal((await asked(host)).status, 421, host);
      }
    });

    it("is opened to no page of another origin", async () => {
      const origin = { origin: "https://example.test", "access-control-request-method": "GET" };
      for (const method of ["GET", "OPTIONS"]) {
        const { status, headers } = await asked(undefined, origin, method);
        assert.equal(status === 200, method === "GET");
        const opened = Object.keys(headers).filter((name) => name.startsWith("access-control-"));
        assert.deepEqual(opened, []);
      }
    });
  });

  describe("bodies", () => {
    it("that say they are too large are refused unread", async () => {
      const status = await new Promise<number>((resolve, reject) => {
        const sent = request(`${service.url}${ORG}/shop/acme`, {
          method: "PATCH",
          headers: {
            authorization: `token ${identity.token}`,
            "content-length": String(MAX_BODY_BYTES + 1),
          },
        });
        sent.on("response", (response) => {
          resolve(response.statusCode ?? 0);
          sent.destroy();
        });
        sent.on("error", reject);
        sent.flushHeaders();
      });
      assert.equal(status, 413);
    });

    it("that nest without end are refused", async () => {
      for (const text of ["[".repeat(200_000), `values: ${"{a: ".repeat(20_000)}`]) {
        assert.equal((await service.call("POST", `${ORG}/yaml/check`, text)).status, 400);
      }
    });
  });
});
