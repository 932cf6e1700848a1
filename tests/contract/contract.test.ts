import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import type { Exchange } from "../../packages/sandbox/src/http/exchange.ts";
import { deviations } from "./deviations.ts";
import { ContractCheck } from "./findings.ts";
import { findPath, openApi, VARIABLE } from "./openapi.ts";
import { covers } from "./witness.ts";

/** That the check would notice. The answers themselves are compared wherever a test closes its sandbox. */
describe("contract: answers of the Pulumi half", () => {
  let check: ContractCheck;
  before(function () {
    const document = openApi();
    if (document === undefined) {
      console.log(`    not compared: ${VARIABLE} does not name Pulumi Cloud's OpenAPI document`);
      return this.skip();
    }
    check = new ContractCheck(document);
  });

  const E = "/api/esc/environments/acme/shop/app";
  const said = (method: string, path: string, status: number, body: unknown, type = "application/json") => {
    const exchange: Exchange = {
      method,
      url: new URL(path, "http://127.0.0.1"),
      requestHeaders: new Headers(),
      status,
      headers: new Headers({ "content-type": type }),
      body: typeof body === "string" ? body : JSON.stringify(body),
      milliseconds: 1,
    };
    return check.findings(exchange).map(({ text }) => text);
  };

  it("may be what the contract says", () => {
    assert.deepEqual(said("GET", `${E}/settings`, 200, { deletionProtected: true }), []);
    assert.deepEqual(said("GET", E, 200, "values: {}", "application/x-yaml"), []);
    assert.deepEqual(said("POST", `${E}/clone`, 204, ""), []);
    assert.deepEqual(said("GET", E, 404, { code: 404, message: "Not Found" }), []);
  });

  it("must not lack a field, have another one, or one of another type", () => {
    assert.deepEqual(said("GET", `${E}/settings`, 200, {}), [
      "200: must have required property 'deletionProtected'",
    ]);
    assert.deepEqual(said("GET", `${E}/settings`, 200, { deletionProtected: true, more: 1 }), [
      "200: the contract has no field 'more'",
    ]);
    assert.deepEqual(said("GET", `${E}/settings`, 200, { deletionProtected: "yes" }), [
      "200: /deletionProtected must be boolean",
    ]);
    assert.deepEqual(
      said("GET", "/api/esc/environments", 200, { environments: [{ id: 1 }] }).at(0),
      ["200: /environments/* must have required property 'created'"].at(0),
    );
  });

  it("must have a status, a body and a type that the contract has", () => {
    assert.deepEqual(said("DELETE", E, 204, ""), ["204: the contract answers with 200"]);
    assert.deepEqual(said("DELETE", E, 200, { gone: true }), ["200: the contract has no body here"]);
    assert.deepEqual(said("GET", E, 200, "values: {}", "text/plain"), [
      "200: content-type is 'text/plain' and not application/x-yaml",
    ]);
    assert.deepEqual(said("GET", `${E}/settings`, 200, "nonsense"), ["200: the body is not JSON"]);
    assert.deepEqual(said("GET", "/api/nothing", 200, {}), ["200: the contract has no such operation"]);
  });

  it("must refuse in the service's form, with the status as the code", () => {
    assert.deepEqual(said("GET", E, 404, { code: 400, message: "" }), [
      "404: 'code' in the body is not the status",
      "404: 'message' is not a text",
    ]);
    assert.deepEqual(said("GET", E, 500, "oops"), ["500: the error is not JSON"]);
  });

  it("never shows a value of an answer", () => {
    const text = said("GET", `${E}/settings`, 200, { deletionProtected: "canary" }).join();
    assert.equal(text.includes("canary"), false);
  });

  it("is compared with the most literal path", () => {
    const paths = ["/a/{x}/{y}", "/a/{x}/yaml", "/a/b/{y}"];
    assert.equal(findPath(paths, "/a/b/yaml"), "/a/b/{y}");
    assert.equal(findPath(paths, "/a/c/yaml"), "/a/{x}/yaml");
    assert.equal(findPath(paths, "/a/c/d"), "/a/{x}/{y}");
    assert.equal(findPath(paths, "/a"), undefined);
  });

  it("deviates with a reason, by operation and finding", () => {
    for (const { reason } of deviations) assert.ok(reason.length > 20, reason);
    const [deviation] = [{ operation: "GET /a", finding: /^200: x/, reason: "because" }];
    assert.ok(deviation && covers(deviation, { operation: "GET /a", text: "200: x is missing" }));
    assert.equal(covers(deviation, { operation: "GET /b", text: "200: x is missing" }), false);
  });
});
