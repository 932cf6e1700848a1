import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { declared } from "../../../../tests/helpers/declared.ts";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import type { Deployment, Version } from "../../src/api/cloudflare-deployments.ts";
import { listAssets } from "../../src/program/assets/list.ts";
import { hashAssets } from "../../src/program/assets/version.ts";
import { type Elsewhere, liveUpload, verdict } from "../../src/program/live-upload.ts";
import { stackMark, uploadKeyOf, uploadTag } from "../../src/program/upload-mark.ts";
import { uploadText } from "../../src/program/upload-text.ts";

const mark = stackMark({ stackOrganization: "acme", project: "shop", stack: "dev" });
const key = (digit: number) => String(digit).repeat(12);
const version = (number: number, tag?: string): Version => ({
  id: `v${number}`,
  number,
  createdOn: `2026-11-01T00:00:0${number}Z`,
  author: undefined,
  source: undefined,
  tag,
});
const deployment = (
  second: number,
  versions: readonly number[],
  trigger: string | undefined = "upload",
): Deployment => ({
  id: `d${second}`,
  createdOn: `2026-11-01T00:00:0${second}Z`,
  author: undefined,
  source: undefined,
  trigger,
  versions: versions.map((number) => ({ id: `v${number}`, percentage: 100 / versions.length })),
});
const own = [version(1, `${mark} ${key(1)}`), version(2, `${mark} ${key(2)}`)];

describe("the mark of an upload", () => {
  it("is the stack's by its full name, and tells the upload", () => {
    const tag = uploadTag(mark, key(1), {});
    assert.equal(uploadKeyOf(mark, tag), key(1));
    for (const other of ["beta", "acme"])
      for (const stack of ["prod", "dev2"])
        assert.equal(
          uploadKeyOf(stackMark({ stackOrganization: other, project: "shop", stack }), tag),
          undefined,
        );
    for (const wrong of [undefined, "", mark, `${mark} `, `${mark} ${key(1)}0`, `x${tag}`])
      assert.equal(uploadKeyOf(mark, wrong), undefined, wrong);
  });

  it("stays while nothing changed, and names the deployment that makes an upload due", () => {
    const after = uploadTag(mark, key(1), { after: "d9" });
    assert.notEqual(after, uploadTag(mark, key(1), {}));
    assert.equal(uploadTag(mark, key(1), { last: after }), after);
    assert.equal(uploadTag(mark, key(2), { last: after }), `${mark} ${key(2)}`);
    assert.ok(uploadTag(mark, key(1), { after: "0".repeat(36) }).length <= 100);
  });
});

describe("what answers for a Worker", () => {
  it("is the stack's last upload, also below an edit of a secret and after going back to it", () => {
    for (const deployments of [
      [deployment(2, [2])],
      [deployment(3, [3], "secret"), deployment(2, [2])],
      [deployment(4, [2], "rollback"), deployment(3, [1], "rollback"), deployment(2, [2])],
    ])
      assert.equal(liveUpload(deployments, [...own, version(3)], mark).kind, "own");
    assert.equal(liveUpload([], own, mark).kind, "nothing");
    assert.equal(liveUpload([deployment(3, [3])], [version(3)], mark).kind, "unmarked");
  });

  it("is something else after a rollback, a split or another upload", () => {
    for (const versions of [[1], [1, 2], [3]]) {
      const found = liveUpload([deployment(2, [2]), deployment(3, versions)], [...own, version(3)], mark);
      assert.equal(found.kind, "elsewhere");
      assert.equal((found as Elsewhere).base.id, "d3");
      assert.equal((found as Elsewhere).own.version, "v2");
    }
  });

  it("is overwritten only by the same as what answers, or where its id is allowed", () => {
    const rolledBack = liveUpload([deployment(3, [1])], own, mark) as Elsewhere;
    const split = liveUpload([deployment(3, [1, 2])], own, mark) as Elsewhere;
    const decide = (
      found: Elsewhere,
      due: string | undefined,
      more: { readonly overwrite?: string; readonly edited?: boolean } = {},
    ) => verdict(found, mark, due, { overwrite: more.overwrite, edited: more.edited ?? false });
    assert.equal(decide(rolledBack, key(3)), "stop");
    assert.equal(decide(rolledBack, undefined), "stop");
    assert.equal(decide(rolledBack, key(2)), "nothing-due");
    assert.equal(decide(rolledBack, key(2), { edited: true }), "stop");
    assert.equal(decide(rolledBack, key(1)), "upload");
    assert.equal(decide(split, key(1)), "stop");
    assert.equal(decide(rolledBack, key(3), { overwrite: "d2" }), "stop");
    assert.equal(decide(rolledBack, key(3), { overwrite: "d3" }), "upload");
  });
});

describe("the text of an upload", () => {
  const folder = tempFolder();
  /** Of a Worker with static assets, in a checkout of its own. */
  const textOf = async (checkout: string, files: Readonly<Record<string, string>>): Promise<string> => {
    const directory = join(folder, checkout, "public");
    mkdirSync(directory, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    const worker = declared("site", [], {}, { assets: { directory } });
    const uploads = {
      bundles: new Map([[worker, undefined]]),
      assets: new Map([[worker, await hashAssets(await listAssets(directory))]]),
    };
    return uploadText(worker, uploads, new Map());
  };

  it("is the same in every checkout, and another one with other static assets or headers", async () => {
    const first = await textOf("a", { "index.html": "one" });
    assert.equal(await textOf("b", { "index.html": "one" }), first);
    assert.ok(!first.includes(folder));
    const others = [
      await textOf("c", { "index.html": "two" }),
      await textOf("d", { "index.html": "one", "more.html": "" }),
      await textOf("e", { "index.html": "one", _headers: "/*\n  x-a: b\n" }),
    ];
    assert.equal(new Set([first, ...others]).size, 4);
  });
});
