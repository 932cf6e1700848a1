import assert from "node:assert/strict";
import { declared } from "../../../../tests/helpers/declared.ts";
import { assetFaults } from "../../src/cli/commands/rollback/assets.ts";
import { isOther } from "../../src/cli/commands/rollback/choose.ts";
import { describeReview, differs, reviewWorker } from "../../src/cli/project/review.ts";
import type { AssetVersion } from "../../src/program/assets/version.ts";
import { type Deployed, deployedOf } from "../../src/program/deployed.ts";
import { differenceTo, notRun } from "../../src/program/promotion.ts";
import { describeCompilers } from "../../src/program/versions.ts";

const CODE = "c".repeat(64);
const HASH = "a".repeat(64);
const WRANGLER = "wrangler 4.164.0";

/** A state as `pulumi stack export` gives it, of the version before or of this one. */
function state(outputs: object): Deployed {
  const deployed = deployedOf({
    resources: [
      {
        type: "pulumi:pulumi:Stack",
        outputs: { secretsPin: "latest", scriptName: "site-dev", secrets: {}, contentHash: CODE, ...outputs },
      },
    ],
  });
  assert.ok(deployed);
  return deployed;
}

describe("records of deployed versions", () => {
  const worker = declared("site", []);
  const version: AssetVersion = {
    hash: HASH,
    files: new Map([["index.html", HASH]]),
    folder: { files: [], headers: undefined, redirects: undefined, ignore: undefined, differs: false },
  };
  const older = state({});
  const versions = (assetsHash: string | null) =>
    new Map([[worker, { contentHash: CODE, assetsHash, compiledBy: WRANGLER }]]);
  const deployment = (deployed: Deployed) => ({
    update: { version: 7, kind: "update", result: "succeeded", message: "", started: 0 } as never,
    deployed,
    revision: 1,
  });

  it("say that an older version noted no assets, and are no other version for it", () => {
    assert.equal(differenceTo(worker, versions(HASH), older, 1), "unrecorded");
    assert.equal(differenceTo(worker, versions(null), older, 1), undefined);
    assert.equal(isOther(older, state({ assetsHash: HASH })), false);
    assert.equal(isOther(state({ assetsHash: "b" }), state({ assetsHash: HASH })), true);
    const [fault] = assetFaults([worker], new Map([[worker, version]]), deployment(older));
    assert.match(fault?.what ?? "", /version 7 was recorded by an older version, which did not note them/);
    assert.deepEqual(assetFaults([worker], new Map([[worker, undefined]]), deployment(older)), []);
  });

  it("of other code say whether something else compiled it, an older version of this tool included", () => {
    const other = (compiledBy: object) =>
      state({ contentHash: "d".repeat(64), assetsHash: HASH, ...compiledBy });
    assert.equal(differenceTo(worker, versions(HASH), other({}), 1), "compiler");
    assert.equal(
      differenceTo(worker, versions(HASH), other({ compiledBy: "wrangler 4.150.0" }), 1),
      "compiler",
    );
    assert.equal(differenceTo(worker, versions(HASH), other({ compiledBy: WRANGLER }), 1), "code");
    // The same code is the same, whatever compiled it.
    assert.equal(differenceTo(worker, versions(HASH), state({ assetsHash: HASH }), 1), undefined);
    assert.match(
      describeCompilers(undefined, WRANGLER),
      /there by an older version of worker-secrets, and here by wrangler 4/,
    );
  });

  it("of the same code with other assets, or assets alone, are another version", () => {
    const same = state({ assetsHash: HASH, assets: { "/index.html": HASH.slice(0, 12) } });
    assert.deepEqual(notRun([worker], versions(HASH), same), []);
    assert.equal(differenceTo(worker, versions("b"), same, 1), "assets");
    assert.equal(differenceTo(worker, versions(null), same, 1), "assets");
    const alone = state({ contentHash: null, assetsHash: HASH });
    assert.deepEqual(
      notRun([worker], new Map([[worker, { contentHash: null, assetsHash: "b", compiledBy: null }]]), alone),
      [worker],
    );
    assert.deepEqual(assetFaults([worker], new Map([[worker, version]]), deployment(same)), []);
    const [gone] = assetFaults([worker], new Map([[worker, undefined]]), deployment(same));
    assert.match(gone?.what ?? "", /kept nowhere, and this checkout has others: \/index\.html/);
  });

  it("are reviewed with the names of what changes", () => {
    const review = (deployed: Deployed, assets: AssetVersion | undefined) =>
      reviewWorker({
        worker,
        stack: "dev",
        hash: CODE,
        assets,
        values: new Map(),
        deployed: deployed.workers[0],
        key: undefined,
        bindings: [],
      });
    const lines = (deployed: Deployed, assets?: AssetVersion) =>
      describeReview(review(deployed, assets)).filter((line) => line.includes("assets"));
    const other = state({ assetsHash: "b".repeat(64), assets: { "/index.html": "b", "/old.html": "b" } });
    assert.deepEqual(lines(other, version), [
      "  assets   bbbbbbbbbbbb -> aaaaaaaaaaaa: /index.html, /old.html",
    ]);
    assert.deepEqual(lines(older), []);
    assert.deepEqual(lines(older, version), ["  assets   not noted by the version that deployed them"]);
    assert.equal(differs(review(older, undefined)), false);
    assert.equal(differs(review(state({ assetsHash: HASH, vars: {} }), version)), false);
    assert.equal(differs(review(other, version)), true);
  });
});
