import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "mocha";
import { REPLAY } from "../../../tests/contract/clients.ts";
import { type Reply, type Service, startService } from "./pulumi-harness.ts";

const ORG = "/api/esc/environments/acme";

/** What a client of the service shows of itself, apart from the token. */
type Style = Readonly<Record<string, string>>;
const HAND_WRITTEN: Style = {
  "user-agent": `${REPLAY} pulumiservice`,
  accept: "application/vnd.pulumi+8",
  "content-type": "application/json",
  "x-pulumi-source": "provider",
};
const GENERATED: Style = { ...HAND_WRITTEN, accept: "application/json" };
const YAML: Style = { ...GENERATED, "content-type": "application/x-yaml" };

/** The call sequences of `@pulumi/pulumiservice` 1.3.0 for Environments, with the codes that its clients want. */
describe("sandbox, Pulumi half: Environments as the provider calls them", () => {
  const canary = `canary-${randomUUID()}`;
  const E = `${ORG}/shop/app`;
  let service: Service;
  before(async () => {
    service = await startService();
  });
  after(() => service.close());

  const call = async (
    style: Style,
    method: string,
    path: string,
    status: number,
    body?: unknown,
  ): Promise<Reply> => {
    const reply = await service.call(method, path, body, { headers: style });
    assert.equal(reply.status, status, `${method} ${path}: ${reply.text}`);
    return reply;
  };
  const revision = ({ headers }: Reply) => Number(headers.get("pulumi-esc-revision"));

  describe("pulumiservice.Environment", () => {
    const yaml = `values:\n  key: {fn::secret: ${canary}}`;
    const check = (text: string, status: number) =>
      call(HAND_WRITTEN, "POST", `${ORG}/yaml/check?showSecrets=false`, status, text);
    const read = async () => ({
      definition: await call(HAND_WRITTEN, "GET", E, 200),
      metadata: await call(HAND_WRITTEN, "GET", `${E}/metadata`, 200),
    });

    it("is created: check, create, update, metadata", async () => {
      await check(yaml, 200);
      await call(HAND_WRITTEN, "POST", ORG, 200, { project: "shop", name: "app" });
      const patched = await call(HAND_WRITTEN, "PATCH", E, 200, yaml);
      // An empty list of diagnostics would be a failure to the provider.
      assert.deepEqual([patched.text, revision(patched)], ["{}", 2]);
      const { body } = await call(HAND_WRITTEN, "GET", `${E}/metadata`, 200);
      assert.match(String(body.id), /^[0-9a-f-]{36}$/);
    });
    it("is read back, and imported, as what is stored: twice the same", async () => {
      const first = await read();
      const second = await read();
      assert.match(first.definition.text, /ciphertext: ZXNje/);
      assert.equal(first.definition.text, second.definition.text);
      assert.deepEqual(first.metadata.body, second.metadata.body);
      assert.equal(revision(second.definition), 2);
    });
    it("is updated, and only with what is valid", async () => {
      await check("values: {a: '${nope}'}", 400);
      const refused = await call(HAND_WRITTEN, "PATCH", E, 400, "values: {a: '${nope}'}");
      assert.equal((refused.body.diagnostics as unknown[]).length, 1);
      assert.equal(revision(await call(HAND_WRITTEN, "PATCH", E, 200, "values: {a: 1}")), 3);
      assert.equal((await read()).definition.text, "values: {a: 1}");
    });
    it("is not created twice", async () => {
      const { body } = await call(HAND_WRITTEN, "POST", ORG, 409, { project: "shop", name: "app" });
      assert.match(String(body.message), /already exists/);
    });
    it("is deleted, and then gone", async () => {
      await call(HAND_WRITTEN, "DELETE", E, 200);
      await call(HAND_WRITTEN, "GET", E, 404);
      await call(HAND_WRITTEN, "GET", `${E}/metadata`, 404);
      await call(HAND_WRITTEN, "DELETE", E, 404);
    });
  });

  describe("pulumiservice.api.esc.Environment", () => {
    it("is created and read, updated and read, deleted", async () => {
      await call(GENERATED, "POST", ORG, 200, { project: "shop", name: "app" });
      assert.equal((await call(GENERATED, "GET", E, 200)).text, "");
      for (const text of ["values: {a: 1}", "values: {a: 2}"]) {
        await call(YAML, "PATCH", E, 200, text);
        const read = await call(GENERATED, "GET", E, 200);
        assert.deepEqual([read.text, read.headers.get("content-type")], [text, "application/x-yaml"]);
      }
      await call(GENERATED, "DELETE", E, 200);
      await call(GENERATED, "DELETE", E, 404);
    });
  });

  describe("what belongs to an Environment", () => {
    before(async () => {
      await call(GENERATED, "POST", ORG, 200, { project: "shop", name: "app" });
      await call(YAML, "PATCH", E, 200, "values: {a: 1}");
    });

    it("EnvironmentSettings: there from the start, changed and read back", async () => {
      const path = `${E}/settings`;
      assert.deepEqual((await call(GENERATED, "GET", path, 200)).body, { deletionProtected: false });
      await call(GENERATED, "PATCH", path, 200, { deletionProtected: true });
      assert.deepEqual((await call(GENERATED, "GET", path, 200)).body, { deletionProtected: true });
      await call(GENERATED, "DELETE", E, 409);
      await call(GENERATED, "PATCH", path, 200, { deletionProtected: false });
    });

    it("EnvironmentTag: created, read, renamed, deleted", async () => {
      const tag = async (name: string) => {
        const { body } = await call(GENERATED, "GET", `${E}/tags/${name}`, 200);
        return [body.name, body.value];
      };
      await call(GENERATED, "POST", `${E}/tags`, 200, { name: "team", value: "web" });
      assert.deepEqual(await tag("team"), ["team", "web"]);
      await call(GENERATED, "PATCH", `${E}/tags/team`, 200, {
        currentTag: { value: "web" },
        newTag: { name: "team", value: "shop" },
      });
      assert.deepEqual(await tag("team"), ["team", "shop"]);
      await call(GENERATED, "DELETE", `${E}/tags/team`, 204);
      await call(GENERATED, "GET", `${E}/tags/team`, 404);
    });

    for (const [title, style] of [
      ["EnvironmentVersionTag", HAND_WRITTEN],
      ["api.esc.RevisionTag", GENERATED],
    ] as const) {
      it(`${title}: created, read, moved, deleted`, async () => {
        const tags = `${E}/versions/tags`;
        await call(style, "POST", tags, 204, { name: "stable", revision: 1 });
        assert.equal((await call(style, "GET", `${tags}/stable`, 200)).body.revision, 1);
        await call(style, "PATCH", `${tags}/stable`, 204, { revision: 2 });
        assert.equal((await call(style, "GET", `${tags}/stable`, 200)).body.revision, 2);
        await call(style, "DELETE", `${tags}/stable`, 204);
        // The provider knows by the code in the text that it is gone.
        assert.equal((await call(style, "GET", `${tags}/stable`, 404)).body.code, 404);
      });
    }

    for (const [title, style, update] of [
      ["EnvironmentRotationSchedule", HAND_WRITTEN, "POST"],
      ["api.esc.EnvironmentSchedule", GENERATED, "PATCH"],
    ] as const) {
      it(`${title}: created, read, changed by ${update}, deleted; it is kept and never runs`, async () => {
        const wanted = { secretRotationRequest: { environmentPath: "" } };
        const made = await call(style, "POST", `${E}/schedules`, 200, {
          ...wanted,
          scheduleCron: "0 4 * * 1",
        });
        const path = `${E}/schedules/${String(made.body.id)}`;
        assert.match(made.headers.get("x-pulumi-warning") ?? "", /never runs them/);
        assert.deepEqual((await call(style, "GET", path, 200)).body, made.body);
        await call(style, update, path, 200, { ...wanted, scheduleOnce: "2099-01-02T03:04:05Z" });
        const { body } = await call(style, "GET", path, 200);
        assert.deepEqual(
          [body.kind, body.scheduleOnce, body.scheduleCron, body.nextExecution],
          ["environment_rotation", "2099-01-02 03:04:05", undefined, ""],
        );
        await call(style, "POST", `${path}/pause`, 200);
        assert.equal((await call(style, "GET", path, 200)).body.paused, true);
        await call(style, "POST", `${path}/resume`, 200);
        assert.deepEqual((await call(style, "GET", `${path}/history`, 200)).body, {
          scheduleHistoryEvents: [],
        });
        await call(style, "DELETE", path, 200);
        await call(style, "GET", path, 404);
        await call(style, "DELETE", path, 404);
      });
    }

    it("a schedule that can't be is refused, and there is one at most", async () => {
      const wanted = { secretRotationRequest: { environmentPath: "" } };
      for (const wrong of [
        {},
        { scheduleCron: "* * * * *" },
        { scheduleCron: "0 4 * * 1", scheduleOnce: "2099-01-02T03:04:05Z" },
        { scheduleOnce: "2001-01-01T00:00:00Z" },
        { scheduleOnce: "tomorrow" },
      ]) {
        await call(GENERATED, "POST", `${E}/schedules`, 400, { ...wanted, ...wrong });
      }
      await call(GENERATED, "POST", `${E}/schedules`, 200, { ...wanted, scheduleCron: "0 4 * * *" });
      await call(GENERATED, "POST", `${E}/schedules`, 400, { ...wanted, scheduleCron: "0 4 * * *" });
      await call(GENERATED, "DELETE", E, 200);
      await call(GENERATED, "POST", ORG, 200, { project: "shop", name: "app" });
      assert.deepEqual((await call(GENERATED, "GET", `${E}/schedules`, 200)).body, { schedules: [] });
    });
  });

  it("leaves no secret in clear on disk", () => {
    assert.equal(service.bytesOnDisk().includes(canary), false);
  });
});
