import assert from "node:assert/strict";
import { declared } from "../../../../tests/helpers/declared.ts";
import type { Deployment } from "../../src/api/cloudflare-deployments.ts";
import { editedBy, watches } from "../../src/program/secrets-elsewhere.ts";

const deployment = (id: string, minute: number, trigger: string | undefined): Deployment => ({
  id,
  createdOn: `2026-11-01T00:0${minute}:00Z`,
  author: "somebody@example.com",
  source: "wrangler",
  trigger,
  versions: [{ id: `version-of-${id}`, percentage: 100 }],
});

describe("a secret that somebody else set", () => {
  it("shows by the newest deployment, whatever their order", () => {
    const [upload, secret] = [deployment("one", 1, "upload"), deployment("two", 2, "secret")];
    assert.equal(editedBy([upload, secret])?.id, "two");
    assert.equal(editedBy([secret, upload])?.id, "two");
  });

  it("shows no more after the next upload, and not where something else was deployed last", () => {
    const secret = deployment("one", 1, "secret");
    assert.equal(editedBy([secret, deployment("two", 2, "upload")]), undefined);
    assert.equal(editedBy([secret, deployment("two", 2, "rollback")]), undefined);
    assert.equal(editedBy([secret, deployment("two", 2, undefined)]), undefined);
    assert.equal(editedBy([]), undefined);
  });

  it("is nobody's business where the stack has no secrets there, or others may set theirs", () => {
    assert.equal(watches(declared("shop", ["A"])), true);
    assert.equal(watches(declared("shop", [], { optionalSecrets: ["B"] })), true);
    assert.equal(watches(declared("shop", [])), false);
    assert.equal(watches(declared("shop", ["A"], { externalSecrets: ["B"] })), false);
  });
});
