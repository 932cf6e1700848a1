import assert from "node:assert/strict";
import { secret } from "../src/providers/properties.ts";
import { serveConfigured, status, text } from "./providers-harness.ts";

const ENVIRONMENT = "urn:pulumi:dev::p::pulumiservice:api/esc:Environment::e";

describe("stand-in for pulumiservice: api/esc:Environment", () => {
  const { recorder, provider } = serveConfigured("pulumiservice");
  const all = "/api/esc/environments/org";
  const one = `${all}/p/e`;
  const given = { orgName: "org", project: "p", name: "e", yaml: secret("values: {}") };

  it("is the version that the SDK asks for and takes secrets", async () => {
    assert.equal(await provider.version(), "1.3.0");
    assert.equal((await provider.configure()).getAcceptsecrets(), true);
  });

  it("creates by POST, PATCH as YAML and GET; the state is the server's text, secret", async () => {
    recorder.reset({
      [`POST ${all}`]: status(200, {}),
      [`PATCH ${one}`]: status(200, {}),
      [`GET ${one}`]: text("values: {} # kept"),
    });
    const created = await provider.create(ENVIRONMENT, given);
    assert.deepEqual(recorder.calls, [`POST ${all}`, `PATCH ${one}`, `GET ${one}`]);
    const [post, patch, get] = recorder.seen;
    assert.equal(post?.body, '{"name":"e","project":"p"}');
    assert.equal(post?.headers.authorization, "token pul-token");
    assert.equal(post?.headers["x-pulumi-source"], "provider");
    assert.equal(patch?.body, "values: {}");
    assert.equal(patch?.headers["content-type"], "application/x-yaml");
    assert.equal(get?.headers.accept, "application/json");
    assert.deepEqual(created, { id: "org/p/e", state: { yaml: secret("values: {} # kept") } });
  });

  it("sends no PATCH for an empty definition, and nothing in a preview", async () => {
    recorder.reset({ [`POST ${all}`]: status(200, {}), [`GET ${one}`]: text("") });
    await provider.create(ENVIRONMENT, { ...given, yaml: secret("") });
    assert.deepEqual(recorder.calls, [`POST ${all}`, `GET ${one}`]);
    recorder.reset({});
    assert.deepEqual((await provider.create(ENVIRONMENT, given, true)).state, given);
    assert.deepEqual(await provider.update(ENVIRONMENT, {}, given, given, true), given);
    assert.deepEqual(recorder.calls, []);
  });

  it("says which step failed, with status and answer", async () => {
    recorder.reset({ [`POST ${all}`]: status(409, { code: 409, message: "already exists" }) });
    await assert.rejects(
      provider.create(ENVIRONMENT, given),
      /rest: POST .*org returned 409: .*already exists/,
    );
    recorder.reset({
      [`POST ${all}`]: status(200, {}),
      [`PATCH ${one}`]: status(400, { code: 400, message: "bad" }),
    });
    await assert.rejects(
      provider.create(ENVIRONMENT, given),
      /create: post-create yaml apply: rest: PATCH .* returned 400/,
    );
  });

  it("updates by PATCH and GET, and keeps the text of an input that is not given any more", async () => {
    recorder.reset({ [`PATCH ${one}`]: status(200, {}), [`GET ${one}`]: text("new") });
    const { yaml: _, ...without } = given;
    const updated = await provider.update(ENVIRONMENT, {}, given, { ...given, yaml: secret("new") });
    assert.deepEqual(recorder.calls, [`PATCH ${one}`, `GET ${one}`]);
    assert.deepEqual(updated, { yaml: secret("new") });
    recorder.seen.length = 0;
    await provider.update(ENVIRONMENT, {}, given, without);
    assert.equal(recorder.seen[0]?.body, "values: {}");
  });

  it("reports errors of a PATCH that the older resource swallows, and repeats nothing", async () => {
    recorder.reset({ [`PATCH ${one}`]: status(500, { code: 500, message: "broken" }) });
    await assert.rejects(provider.update(ENVIRONMENT, {}, given, given), /returned 500: .*broken/);
    assert.equal(recorder.seen.length, 1);
  });

  it("reads the text into the state alone; the inputs stay, so a refresh brings no change", async () => {
    recorder.reset({ [`GET ${one}`]: text("elsewhere") });
    const read = await provider.read(ENVIRONMENT, "org/p/e", { yaml: secret("values: {}") }, given);
    assert.deepEqual(read.state, { yaml: secret("elsewhere") });
    assert.deepEqual(read.inputs, given);
    assert.equal((await provider.diff(ENVIRONMENT, read.state, read.inputs, given)).changed, false);
  });

  it("imports `org/project/name`, and the definition then comes as an update", async () => {
    recorder.reset({ [`GET ${one}`]: text("") });
    const read = await provider.read(ENVIRONMENT, "org/p/e");
    assert.deepEqual(read.inputs, { orgName: "org", project: "p", name: "e" });
    const { replaces, detailed } = await provider.diff(ENVIRONMENT, read.state, read.inputs, given);
    assert.deepEqual({ replaces, detailed }, { replaces: [], detailed: { yaml: "ADD" } });
  });

  it("fails on a read of what is gone", async () => {
    recorder.reset({});
    await assert.rejects(provider.read(ENVIRONMENT, "org/p/e", {}, given), /rest: GET .* returned 404/);
  });

  it("deletes, and a 404 is as good", async () => {
    recorder.reset({ [`DELETE ${one}`]: status(200, {}) });
    await provider.delete(ENVIRONMENT, "org/p/e", {}, given);
    assert.deepEqual(recorder.calls, [`DELETE ${one}`]);
    recorder.reset({});
    await provider.delete(ENVIRONMENT, "org/p/e", {}, given);
    recorder.reset({ [`DELETE ${one}`]: status(409, { code: 409, message: "protected" }) });
    await assert.rejects(provider.delete(ENVIRONMENT, "org/p/e", {}, given), /returned 409: .*protected/);
  });

  it("replaces on another organisation, project or name", async () => {
    const { replaces } = await provider.diff(ENVIRONMENT, {}, given, { ...given, name: "f" });
    assert.deepEqual(replaces, ["name"]);
  });
});
