import assert from "node:assert/strict";
import { secret } from "../src/providers/properties.ts";
import { type Answer, serveConfigured, status, text } from "./providers-harness.ts";

const ENVIRONMENT = "urn:pulumi:dev::p::pulumiservice:index:Environment::e";
const SETTINGS = "urn:pulumi:dev::p::pulumiservice:api/esc:EnvironmentSettings::s";
const ALL = "/api/esc/environments/org";
const E = `${ALL}/p/e`;
const CHECK = `POST ${ALL}/yaml/check?showSecrets=false`;

const revised =
  (revision: string, body = "{}"): Answer =>
  (_request, response) => {
    response.writeHead(200, { "content-type": "application/x-yaml", "pulumi-esc-revision": revision });
    response.end(body);
  };

describe("stand-in for pulumiservice: Environment, the older one", () => {
  const { recorder, provider } = serveConfigured("pulumiservice");
  const given = { organization: "org", project: "p", name: "e", yaml: secret("values: {}") };
  const metadata = status(200, { id: "uuid-1" });
  const state = { ...given, revision: 2, environmentId: "uuid-1" };

  it("trims the definition and makes it a secret, without a call", async () => {
    recorder.reset({});
    const { inputs, failures } = await provider.check(ENVIRONMENT, { ...given, yaml: "\nvalues: {}\n" });
    assert.deepEqual(failures, []);
    assert.deepEqual(inputs, given);
    const slash = await provider.check(ENVIRONMENT, { ...given, name: "a/b" });
    assert.match(slash.failures.join(), /'name' property contains `\/` illegal character/);
    await provider.create(ENVIRONMENT, given, true);
    assert.deepEqual(recorder.calls, []);
  });

  it("creates by check, POST, PATCH and metadata", async () => {
    recorder.reset({
      [CHECK]: status(200, {}),
      [`POST ${ALL}`]: status(200, {}),
      [`PATCH ${E}`]: revised("2"),
      [`GET ${E}/metadata`]: metadata,
    });
    const created = await provider.create(ENVIRONMENT, given);
    assert.deepEqual(recorder.calls, [CHECK, `POST ${ALL}`, `PATCH ${E}`, `GET ${E}/metadata`]);
    assert.deepEqual(
      recorder.seen.map(({ body }) => body),
      ["values: {}", '{"project":"p","name":"e"}', "values: {}", ""],
    );
    assert.deepEqual(created, { id: "org/p/e", state });
  });

  it("swallows the failure of an update: revision 0", async () => {
    recorder.reset({
      [`PATCH ${E}`]: status(409, { code: 409, message: "conflict" }),
      [`GET ${E}/metadata`]: metadata,
    });
    const updated = await provider.update(ENVIRONMENT, state, given, { ...given, yaml: secret("new") });
    assert.deepEqual(updated, { ...state, yaml: secret("new"), revision: 0 });
    recorder.reset({ [`PATCH ${E}`]: status(400, { code: 400, message: "bad yaml" }) });
    await assert.rejects(
      provider.update(ENVIRONMENT, state, given, given),
      /failed to update environment, yaml code failed following checks: .*bad yaml/,
    );
  });

  it("brings the server's text into the inputs, so that a refresh shows ciphertext as a change", async () => {
    recorder.reset({
      [`GET ${E}`]: revised("3", "values: {a: {fn::secret: {ciphertext: Zm9v}}}\n"),
      [`GET ${E}/metadata`]: metadata,
    });
    const read = await provider.read(ENVIRONMENT, "org/p/e", state, given);
    assert.deepEqual(read.inputs.yaml, secret("values: {a: {fn::secret: {ciphertext: Zm9v}}}"));
    assert.equal(read.state.revision, 3);
    const { replaces, detailed } = await provider.diff(ENVIRONMENT, read.state, read.inputs, given);
    assert.deepEqual({ replaces, detailed }, { replaces: [], detailed: { yaml: "UPDATE" } });
  });

  it("takes every failure of a read for 'gone'", async () => {
    const failures = [status(401, { code: 401 }), status(500, {}), text("values: {}")]; // the last one without a revision
    for (const answer of failures) {
      recorder.reset({ [`GET ${E}`]: answer });
      assert.equal((await provider.read(ENVIRONMENT, "org/p/e", state, given)).id, "");
    }
  });

  it("has settings that can only be imported, and that a delete leaves", async () => {
    const settings = { orgName: "org", projectName: "p", envName: "e", deletionProtected: true };
    recorder.reset({
      [`GET ${E}/settings`]: status(200, { deletionProtected: true }),
      [`PATCH ${E}/settings`]: status(200, {}),
    });
    await assert.rejects(
      provider.create(SETTINGS, settings),
      /resource already exists; use the `import` resource option/,
    );
    assert.deepEqual(recorder.calls, [`GET ${E}/settings`]);
    const imported = await provider.read(SETTINGS, "org/p/e");
    assert.deepEqual(imported.state, { deletionProtected: true });
    recorder.seen.length = 0;
    await provider.update(SETTINGS, imported.state, imported.inputs, {
      ...settings,
      deletionProtected: false,
    });
    assert.deepEqual(recorder.calls, [`PATCH ${E}/settings`, `GET ${E}/settings`]);
    assert.equal(recorder.seen[0]?.body, '{"deletionProtected":false}');
    await provider.delete(SETTINGS, "org/p/e", imported.state, settings);
    assert.equal(recorder.seen.length, 2);
  });
});
