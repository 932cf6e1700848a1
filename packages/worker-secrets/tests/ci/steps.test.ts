import assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { foundIn } from "../../src/cli/ci/steps.ts";

type Metadata = NonNullable<EngineEvent["resourcePreEvent"]>["metadata"];

/** An update of a script, as the engine tells it. */
function update(more: Partial<Metadata>, before: object, after: object): EngineEvent {
  const type = "cloudflare:index/workersScript:WorkersScript";
  const urn = `urn:pulumi:dev::shop::${type}::sample`;
  const state = (inputs: object) => ({
    type,
    urn,
    id: "sample",
    parent: "",
    provider: "",
    inputs,
    outputs: {},
  });
  const metadata = { op: "update", urn, type, provider: "", old: state(before), new: state(after), ...more };
  return { sequence: 1, timestamp: 1, resourcePreEvent: { metadata: metadata as Metadata } };
}

describe("the steps of a report", () => {
  // As the real provider plugin answers a change of a script, whatever it was.
  const diffs = ["annotations", "bindings", "compatibilityDate", "etag", "handlers", "tailConsumers"];
  const bindings = [{ name: "API_KEY", text: "[secret]", type: "secret_text" }];
  const properties = (...given: Parameters<typeof update>) =>
    foundIn([update(...given)]).steps[0]?.properties;

  it("name what changes, not all that the provider computes anew", () => {
    const before = { bindings: [], compatibilityDate: "2026-10-01" };
    assert.deepEqual(properties({ diffs }, before, { ...before, compatibilityDate: "2026-11-01" }), [
      "compatibilityDate",
    ]);
    assert.deepEqual(properties({ diffs }, before, { ...before, bindings }), ["bindings"]);
  });

  it("name a property that holds a secret, of which nobody can tell whether it changes", () => {
    assert.deepEqual(properties({ diffs }, { bindings }, { bindings }), ["bindings"]);
  });

  it("come with the names of variables and static assets that change, which the provider does not name", () => {
    const urn = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";
    const state = (outputs: object) => ({ type: "pulumi:pulumi:Stack", urn, inputs: {}, outputs });
    const event = (before: object, after: object) =>
      ({
        sequence: 1,
        timestamp: 1,
        resOutputsEvent: {
          metadata: { op: "update", urn, type: "pulumi:pulumi:Stack", old: state(before), new: state(after) },
        },
      }) as unknown as EngineEvent;
    const before = { secrets: { A: "1" }, vars: { MODE: "1" }, assets: { "/a.css": "1", "/b.css": "1" } };
    const after = { ...before, vars: {}, assets: { "/a.css": "2", "/b.css": "1" } };
    const sole = foundIn([event({ workers: { web: before } }, { workers: { web: after } })]);
    assert.deepEqual(sole.variables, { added: [], changed: [], removed: ["MODE"] });
    const api = { secrets: {}, vars: {} };
    const found = foundIn([event({ workers: { web: before, api } }, { workers: { web: after, api } })]);
    assert.deepEqual(found.secrets, { added: [], changed: [], removed: [] });
    assert.deepEqual(found.variables, { added: [], changed: [], removed: ["web.MODE"] });
    assert.deepEqual(found.assets, { added: [], changed: ["web./a.css"], removed: [] });
    const component = "worker-secrets:index:SecretWorker";
    const ofWorker = (summary: object) => ({ type: component, urn: "", inputs: {}, outputs: { summary } });
    const alone = foundIn([
      {
        sequence: 1,
        timestamp: 1,
        resOutputsEvent: {
          metadata: {
            op: "same",
            urn: `urn:pulumi:dev::shop::${component}::web`,
            type: component,
            old: ofWorker(before),
            new: ofWorker(after),
          },
        },
      } as unknown as EngineEvent,
      event({ bucket: "files" }, { bucket: "files" }),
    ]);
    assert.deepEqual(
      alone.variables,
      { added: [], changed: [], removed: ["MODE"] },
      "of a program's own outputs",
    );
    const same = foundIn([event(before, before)]);
    assert.deepEqual([same.variables, same.assets], [undefined, undefined]);
  });

  it("are as the provider says where it says more, or where nothing else is known", () => {
    const detailedDiff = { etag: { diffKind: "update", inputDiff: false } } as unknown as NonNullable<
      Metadata["detailedDiff"]
    >;
    assert.deepEqual(properties({ diffs: ["etag"], detailedDiff }, {}, {}), ["etag"]);
    assert.deepEqual(properties({ diffs: ["etag"] }, {}, {}), ["etag"]);
  });
});
