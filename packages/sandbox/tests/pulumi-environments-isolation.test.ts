import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "mocha";
import { ORG } from "./pulumi-environments-harness.ts";
import { type Service, startService } from "./pulumi-harness.ts";

describe("sandbox, Pulumi half: Environments are kept apart", () => {
  let service: Service;
  before(async () => {
    service = await startService();
    for (const org of ["acme", "ann"]) {
      await service.call("POST", `/api/esc/environments/${org}`, { project: "shop", name: org });
    }
    await service.call("PATCH", `${ORG}/shop/acme`, "values: {whose: {fn::secret: acme-only}}");
  });
  after(() => service.close());

  describe("organizations of one token", () => {
    const ANN = "/api/esc/environments/ann";

    it("don't see each other's Environments", async () => {
      assert.equal((await service.call("GET", `${ANN}/shop/acme`)).status, 404);
      const listed = (await service.call("GET", ANN)).body.environments as { name: string }[];
      assert.deepEqual(
        listed.map(({ name }) => name),
        ["ann"],
      );
    });

    it("don't import each other's, stored or anonymous", async () => {
      const imports = "imports: [shop/acme]\nvalues: {}\n";
      assert.equal((await service.call("PATCH", `${ANN}/shop/ann`, imports)).status, 400);
      assert.equal((await service.call("POST", `${ANN}/yaml/open`, imports)).status, 400);
      assert.equal((await service.call("POST", `${ORG}/yaml/open`, imports)).status, 200);
      const overrides = Buffer.from('{"shop/ann":"shop/acme"}').toString("base64url");
      const path = `${ANN}/yaml/open?environmentOverrides=${overrides}`;
      assert.equal((await service.call("POST", path, "imports: [shop/ann]")).status, 400);
    });

    it("don't read each other's sessions", async () => {
      const { body } = await service.call("POST", `${ORG}/yaml/open`, "imports: [shop/acme]");
      const session = String(body.id);
      assert.equal((await service.call("GET", `${ORG}/yaml/open/${session}`)).status, 200);
      assert.equal((await service.call("GET", `${ANN}/yaml/open/${session}`)).status, 404);
      assert.equal((await service.call("GET", `${ANN}/shop/ann/open/${session}`)).status, 404);
    });

    it("don't open each other's secrets", async () => {
      const { body } = await service.call("POST", `${ORG}/shop/acme/encrypt-secrets`, { plaintexts: ["x"] });
      const stolen = await service.call("POST", `${ANN}/shop/ann/decrypt-secrets`, body);
      assert.equal(stolen.status, 400);
    });
  });

  describe("names", () => {
    const bad = ["", ".", "..", "../..", "a/b", "a\\b", "a\0b", "%2e%2e", "é", "x".repeat(101), "yaml"];
    it("lead nowhere else", async () => {
      for (const name of bad) {
        const made = await service.call("POST", ORG, { project: name, name: "x" });
        assert.equal(made.status, 400, JSON.stringify(name));
        if (name === "yaml") continue;
        assert.equal((await service.call("POST", ORG, { project: "p", name })).status, 400, name);
        const clone = await service.call("POST", `${ORG}/shop/acme/clone`, { project: "p", name });
        assert.equal(clone.status, 400, name);
        const tag = await service.call("POST", `${ORG}/shop/acme/tags`, { name, value: "v" });
        assert.equal(tag.status, 400, name);
        const revisionTag = await service.call("POST", `${ORG}/shop/acme/versions/tags`, { name });
        assert.equal(revisionTag.status, 400, name);
      }
    });
    it("in paths are one segment each", async () => {
      for (const path of [
        `${ORG}/shop%2Facme/x`,
        `${ORG}/shop/..%2Fshop%2Facme`,
        `${ORG}/shop/acme%00`,
        `${ORG}/shop/${randomUUID().repeat(50)}`,
      ]) {
        const { status } = await service.call("GET", path);
        assert.ok(status === 404 || status === 400, path);
      }
    });
    it("that objects have of their own are no tags", async () => {
      for (const name of ["constructor", "__proto__", "toString"]) {
        assert.equal((await service.call("GET", `${ORG}/shop/acme/tags/${name}`)).status, 404, name);
        assert.equal((await service.call("GET", `${ORG}/shop/acme/versions/tags/${name}`)).status, 404, name);
        assert.equal((await service.call("GET", `${ORG}/shop/acme/versions/${name}`)).status, 404, name);
        assert.equal((await service.call("DELETE", `${ORG}/shop/acme/tags/${name}`)).status, 404, name);
        const made = await service.call("POST", `${ORG}/shop/acme/tags`, { name, value: "mine" });
        assert.equal(made.body.value, "mine", name);
        const read = await service.call("GET", `${ORG}/shop/acme/tags/${name}`);
        assert.equal(read.body.value, "mine", name);
      }
    });
  });
});
