import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { clients } from "./clients.ts";
import { EvidenceCollector, readEvidence } from "./evidence.ts";
import { DOCUMENT, operationsDocument } from "./operations-document.ts";
import { findOperation, keyOf, operations } from "./route-table.ts";

describe("contract: the table of operations", () => {
  it("is what the route tables and the evidence give", function () {
    // Such a run writes both when it is over.
    if (process.env.UPDATE_EVIDENCE === "1") return this.skip();
    const written = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, "utf8") : "";
    assert.ok(
      written === operationsDocument(readEvidence()),
      "docs/operations.md is not what the routes and tests/contract/evidence.json give. Run: npm run operations (or, to gather evidence for new routes: UPDATE_EVIDENCE=1 npm test)",
    );
  });

  it("names no operation and no client that there is not", () => {
    const keys = new Set(operations.map(keyOf));
    for (const [key, seen] of Object.entries(readEvidence())) {
      assert.ok(keys.has(key), `${key} is gone. Run: npm run operations`);
      for (const client of seen) assert.ok(clients.includes(client), client);
    }
  });

  it("counts a success of an operation, and a 501 of one that is not there, by who called", () => {
    const collector = new EvidenceCollector();
    const seen = (method: string, path: string, status: number, agent: string) =>
      collector.add({
        method,
        url: new URL(path, "http://127.0.0.1"),
        requestHeaders: new Headers({ "user-agent": agent }),
        status,
        headers: new Headers(),
        body: "",
        milliseconds: 1,
      });
    seen("GET", "/api/user", 200, "pulumi-cli/1 (v3.259.0; linux)");
    seen("GET", "/api/user", 200, "node");
    seen("GET", "/api/capabilities", 401, "pulumi-cli/1 (v3.259.0; linux)");
    seen("GET", "/api/esc/environments/o/p/e/drafts/1", 501, "esc-sdk/ts/v0.12.4");
    seen("GET", "/api/esc/environments/o/p/e//open//1", 200, "esc-sdk/ts/v0.12.4");
    assert.deepEqual(collector.evidence(), {
      "GET /api/user": ["pulumi", "ours"],
      "GET /api/esc/environments/:org/:project/:env/drafts/*": ["esc-sdk"],
      "GET /api/esc/environments/:org/:project/:env/open/:session": ["esc-sdk"],
    });
    assert.equal(findOperation("HEAD", "/api/esc/environments/o/p/e")?.name, "ReadEnvironment");
    assert.equal(findOperation("HEAD", "/api/stacks/o/p")?.method, "HEAD");
  });
});
