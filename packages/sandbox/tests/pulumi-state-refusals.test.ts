import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "mocha";
import { complete, createStack, type Service, STACK, start, startService } from "./pulumi-harness.ts";

const OTHER = "/api/stacks/acme/shop/other";
const SERVICE = { type: "service", state: {} };
const SIGNATURE = "4dabf18193072939515e22adb298388d";

/** What the contract says is refused, or goes along, in the state half. */
describe("sandbox, Pulumi half: what the contract refuses", () => {
  let service: Service;
  before(async () => {
    service = await startService();
  });
  after(() => service.close());
  beforeEach(async () => {
    for (const path of [STACK, OTHER]) await service.call("DELETE", `${path}?force=true`);
    await createStack(service);
  });

  /** The status, and the message without the status in words before it. */
  const refusal = async (method: string, path: string, body?: unknown) => {
    const { status, body: answer } = await service.call(method, path, body);
    return [status, String(answer.message).replace(/^[A-Z][A-Za-z ]+: /, "")];
  };

  it("a tag that is there already, and built-in tags one by one", async () => {
    await service.call("PATCH", `${STACK}/tags`, { "pulumi:project": "shop", "vcs:kind": "git", team: "a" });
    assert.deepEqual(await refusal("POST", `${STACK}/tags`, { name: "team", value: "b" }), [
      400,
      "Tag 'team' already exists",
    ]);
    assert.deepEqual(await refusal("DELETE", `${STACK}/tags/vcs%3Akind`), [
      400,
      "built-in tags cannot be deleted",
    ]);
    assert.deepEqual(await refusal("PATCH", `${STACK}/tags/pulumi%3Aproject`, { value: "x" }), [
      400,
      "built-in tags cannot be updated",
    ]);
    assert.deepEqual(await refusal("PATCH", `${STACK}/tags`, { "pulumi:project": "other" }), [
      400,
      "Cannot change project's name",
    ]);
    for (const tags of [{ "a b": "1" }, { ["n".repeat(41)]: "1" }, { a: "v".repeat(257) }])
      assert.equal((await refusal("PATCH", `${STACK}/tags`, tags))[0], 400);
    assert.deepEqual((await service.call("GET", STACK)).body.tags, {
      "pulumi:project": "shop",
      "vcs:kind": "git",
      team: "a",
    });
  });

  it("the project's tag follows a rename to another project", async () => {
    await service.call("PATCH", `${STACK}/tags`, { "pulumi:project": "shop" });
    await service.call("POST", `${STACK}/rename`, { newName: "moved", newProject: "store" });
    const { body } = await service.call("GET", "/api/stacks/acme/store/moved");
    assert.deepEqual(body.tags, { "pulumi:project": "store" });
    await service.call("DELETE", "/api/stacks/acme/store/moved");
  });

  it("a config in an Environment, revision or tag that is not there", async () => {
    await service.call("POST", "/api/esc/environments/acme", { project: "shop", name: "linked" });
    for (const environment of ["shop/none", "shop/linked@7", "shop/linked@prod", ""])
      assert.equal((await refusal("PUT", `${STACK}/config`, { environment }))[0], 400, environment);
    for (const environment of ["shop/linked", "shop/linked@1", "shop/linked@latest"])
      assert.equal((await refusal("PUT", `${STACK}/config`, { environment }))[0], 200, environment);
  });

  it("a new stack whose Environment is there already: nothing is made", async () => {
    await service.call("POST", "/api/esc/environments/acme", { project: "shop", name: "taken" });
    const [status, message] = await refusal("POST", "/api/stacks/acme/shop", {
      stackName: "other",
      config: { environment: "shop/taken" },
    });
    assert.equal(status, 400);
    // The CLI would take these words for a stack of the same name.
    assert.doesNotMatch(String(message), /already exists/);
    assert.equal((await service.call("GET", OTHER)).status, 404);
  });

  it("a checkpoint of a dry run, and no events at all", async () => {
    const dryRun = await start(service, "preview", true);
    const checkpoint = { version: 3, deployment: { resources: [] } };
    const written = await service.call("PATCH", `${dryRun.path}/checkpoint`, checkpoint, dryRun.lease);
    assert.deepEqual(
      [written.status, written.body.message],
      [403, "Forbidden: Updating the checkpoint is not permitted for preview operations."],
    );
    const none = await service.call("POST", `${dryRun.path}/events/batch`, { events: [] }, dryRun.lease);
    assert.deepEqual([none.status, none.body.message], [400, "Bad Request: No events provided."]);
  });

  it("an import with secrets that were encrypted for another stack", async () => {
    await createStack(service, "other");
    const encrypted = await service.call("POST", `${OTHER}/encrypt`, { plaintext: "InNlY3JldCI=" });
    const { ciphertext } = encrypted.body;
    const secret = { [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270", ciphertext };
    const resources = [{ urn: "urn:pulumi:dev::shop::a:b:C::d", outputs: { deep: [{ secret }] } }];
    const state = (provider: object) => ({
      version: 3,
      deployment: { secrets_providers: provider, resources },
    });
    assert.deepEqual(await refusal("POST", `${STACK}/import`, state(SERVICE)), [
      400,
      "cannot import deployment with encrypted secrets from a different stack",
    ]);
    assert.equal((await service.call("GET", STACK)).body.version, 0);
    assert.equal((await refusal("POST", `${OTHER}/import`, state(SERVICE)))[0], 200);
    // By a passphrase: the service can't tell, and has no part in it.
    assert.equal((await refusal("POST", `${STACK}/import`, state({ type: "passphrase" })))[0], 200);
  });

  it("lists the previews since the last update, newest first, page by page", async () => {
    const preview = async () => {
      const { path, lease } = await start(service, "preview", true);
      await service.call("POST", `${path}/complete`, { status: "succeeded" }, lease);
      service.advance(1);
      return path.split("/").at(-1);
    };
    const listed = async (query: string) => {
      const { body } = await service.call("GET", `${STACK}/updates/latest/previews${query}`);
      return (body.updates as { updateID: string }[]).map(({ updateID }) => updateID);
    };
    const [one, two] = [await preview(), await preview()];
    assert.deepEqual(await listed("?asc=false&pageSize=1&page=1"), [two]);
    assert.deepEqual(await listed("?asc=true"), [one, two]);
    await complete(service, { resources: [] });
    assert.deepEqual(await listed(""), []);
    const three = await preview();
    assert.deepEqual(await listed("?page=1"), [three]);
  });

  it("no policy packs, and the one group that is always there", async () => {
    assert.deepEqual((await service.call("GET", "/api/orgs/acme/policypacks")).body, { policyPacks: [] });
    const groups = (await service.call("GET", "/api/orgs/acme/policygroups")).body.policyGroups;
    assert.equal((groups as { numStacks: number }[])[0]?.numStacks, 1);
    assert.equal((await refusal("POST", "/api/orgs/acme/policypacks", {}))[0], 501);
    assert.equal((await refusal("GET", "/api/orgs/acme/roles"))[0], 501);
    assert.equal((await refusal("GET", "/api/orgs/nobody/roles"))[0], 404);
  });

  describe("teams", () => {
    const TEAM = "/api/orgs/acme/teams/web";
    before(() => service.call("POST", "/api/orgs/acme/teams/pulumi", { name: "web" }));
    const grants = async () => {
      const { stacks, environments } = (await service.call("GET", TEAM)).body;
      return { stacks, environments };
    };

    it("named for a new stack can change it; one that is not there stops it", async () => {
      const made = (teams: string[]) =>
        refusal("POST", "/api/stacks/acme/shop", { stackName: "other", teams });
      assert.equal((await made(["web", "none"]))[0], 404);
      assert.equal((await service.call("GET", OTHER)).status, 404);
      assert.equal((await made(["web"]))[0], 200);
      const grant = { projectName: "shop", stackName: "other", permission: 102 };
      assert.deepEqual((await grants()).stacks, [grant]);
    });

    it("keep what they were given under a new name, and lose it with the stack", async () => {
      await service.call("POST", "/api/stacks/acme/shop", { stackName: "other", teams: ["web"] });
      await service.call("POST", `${OTHER}/rename`, { newName: "moved" });
      const grant = { projectName: "shop", stackName: "moved", permission: 102 };
      assert.deepEqual((await grants()).stacks, [grant]);
      await service.call("DELETE", "/api/stacks/acme/shop/moved");
      assert.deepEqual((await grants()).stacks, []);
    });

    it("are given a clone where asked, and lose a deleted Environment", async () => {
      const at = "/api/esc/environments/acme";
      await service.call("POST", at, { project: "shop", name: "given" });
      const grant = { projectName: "shop", envName: "given", permission: "read" };
      await service.call("PATCH", TEAM, { addEnvironmentPermission: grant });
      await service.call("POST", `${at}/shop/given/clone`, { name: "plain" });
      await service.call("POST", `${at}/shop/given/clone`, { name: "copy", preserveAccess: true });
      assert.deepEqual((await grants()).environments, [grant, { ...grant, envName: "copy" }]);
      await service.call("DELETE", `${at}/shop/given`);
      assert.deepEqual((await grants()).environments, [{ ...grant, envName: "copy" }]);
      // The plugin takes a permission away beside the deletion of what it is for, in any order.
      const removeEnvironment = { projectName: "shop", envName: "given" };
      assert.equal((await service.call("PATCH", TEAM, { removeEnvironment })).status, 204);
    });
  });
});
