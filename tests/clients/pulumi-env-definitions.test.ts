import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "mocha";
import { startTools, type Tools } from "./real-tools.ts";

describe("clients: pulumi env, definitions", function () {
  this.timeout(120_000);
  const canary = `canary-${randomUUID()}`;
  let tools: Tools;
  before(async () => {
    tools = await startTools();
  });
  after(() => tools?.close());

  it("init makes an Environment, once", async () => {
    assert.match(await tools.pulumi("env", "init", "shop/base"), /Environment created: sandbox\/shop\/base/);
    assert.match(await tools.refused("env", "init", "shop/base"), /already exists/);
    assert.match(await tools.refused("env", "init", "shop/a b"), /letters, digits/);
  });

  it("init --file takes a definition, and says what is wrong with one", async () => {
    tools.write("good.yaml", "values:\n  # kept\n  greeting: hello\n");
    await tools.pulumi("env", "init", "sandbox/shop/from-file", "--file", "good.yaml");
    assert.match(await tools.pulumi("env", "get", "shop/from-file", "--definition"), /# kept/);
    tools.write("bad.yaml", "values:\n  broken: ${nowhere}\n  again: ${no.where}\n");
    const { text } = await tools.sh("pulumi env init shop/bad --file bad.yaml");
    assert.match(text, /unknown property "nowhere"/);
    assert.match(text, /unknown property "no"/);
    assert.match(text, /on shop\/bad line 2/);
  });

  it("ls lists, filters, and follows pages", async () => {
    const all = await tools.pulumi("env", "ls");
    assert.match(all, /sandbox\/shop\/base/);
    await tools.pulumi("env", "init", "other/alone");
    const listed = async (...args: string[]): Promise<readonly string[]> =>
      (await tools.pulumi("env", "ls", ...args)).match(/sandbox\/[\w-]+\/[\w-]+/g) ?? [];
    assert.deepEqual(await listed("-p", "other"), ["sandbox/other/alone"]);
    assert.ok((await listed("-o", "sandbox")).includes("sandbox/shop/from-file"));
    assert.match(await tools.refused("env", "ls", "-o", "nobody"), /Organization 'nobody' not found/);
  });

  it("set writes plain values, structures, texts, secrets and values from stdin", async () => {
    await tools.pulumi("env", "set", "shop/base", "environmentVariables.PLAIN", "visible");
    await tools.pulumi("env", "set", "shop/base", "list", "[1, two]");
    await tools.pulumi("env", "set", "shop/base", "list[2].deep", "3");
    await tools.pulumi("env", "set", "--string", "shop/base", "text", "0123");
    const set = await tools.sh("pulumi env set --secret --file - shop/base environmentVariables.KEY", canary);
    assert.equal(set.code, 0, set.text);
    const value = JSON.parse(await tools.pulumi("env", "get", "shop/base", "--value", "json")) as object;
    assert.deepEqual(value, {
      environmentVariables: { KEY: "[secret]", PLAIN: "visible" },
      list: [1, "two", { deep: 3 }],
      text: "0123",
    });
  });

  it("set refuses to keep what does not evaluate", async () => {
    // The CLI prints the diagnostics and still ends with 0.
    const { text } = await tools.sh("pulumi env set shop/base broken '${nope}'");
    assert.match(text, /unknown property "nope"/);
    assert.doesNotMatch(await tools.pulumi("env", "get", "shop/base", "--definition"), /nope/);
  });

  it("set of something that looks secret in plain text is refused by the CLI itself", async () => {
    const text = await tools.refused(
      "env",
      "set",
      "shop/base",
      "password",
      "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA8x",
    );
    assert.match(text, /looks like a secret/i);
  });

  it("get shows values, definitions and single paths, secrets only when asked", async () => {
    const whole = await tools.pulumi("env", "get", "shop/base");
    assert.match(whole, /\[secret\]/);
    assert.match(whole, /ciphertext: ZXNje/);
    const path = await tools.pulumi("env", "get", "shop/base", "environmentVariables.PLAIN");
    assert.match(path, /visible/);
    assert.match(path, /base:\d+:\d+/);
    const fields = ["json", "detailed", "string", "dotenv", "shell"];
    for (const value of fields) await tools.pulumi("env", "get", "shop/base", "--value", value);
    assert.equal(tools.printed().includes(canary), false);
    const shown = await tools.pulumi("env", "get", "shop/base", "--show-secrets", "environmentVariables.KEY");
    assert.match(shown, new RegExp(canary));
    assert.match(await tools.refused("env", "get", "shop/none"), /not found/i);
    assert.match(await tools.refused("env", "get", "shop/base", "--value", "xml"), /unknown output format/);
  });

  it("edit replaces the definition from a file and through an editor", async () => {
    tools.write("edited.yaml", "values: {edited: by file}\n");
    assert.match(
      await tools.pulumi("env", "edit", "shop/from-file", "--file", "edited.yaml"),
      /Environment updated/,
    );
    const editor = tools.write("editor.sh", "#!/bin/sh\nprintf 'values: {edited: by editor}\\n' > \"$1\"\n");
    const edited = await tools.sh(`EDITOR='sh ${editor}' pulumi env edit shop/from-file`);
    assert.equal(edited.code, 0, edited.text);
    assert.match(await tools.pulumi("env", "get", "shop/from-file", "--definition"), /by editor/);
    tools.write("edited.yaml", "values: {edited: '${nope}'}\n");
    const wrong = await tools.sh("pulumi env edit shop/from-file --file edited.yaml");
    assert.match(wrong.text, /unknown property "nope"/);
    assert.match(await tools.refused("env", "edit", "shop/none", "--file", "good.yaml"), /not found/i);
  });

  it("edit that somebody else overtook is a conflict", async () => {
    const editor = tools.write(
      "overtaken.sh",
      "#!/bin/sh\npulumi env set shop/from-file other change >/dev/null\nprintf 'values: {mine: 1}\\n' > \"$1\"\n",
    );
    const edited = await tools.sh(`EDITOR='sh ${editor}' pulumi env edit shop/from-file`);
    assert.notEqual(edited.code, 0, edited.text);
    assert.match(edited.text, /has changed since it was read|conflict/i);
    assert.match(await tools.pulumi("env", "get", "shop/from-file", "--definition"), /other: change/);
  });

  it("clone copies, with its secrets, tags and history where asked", async () => {
    await tools.pulumi("env", "tag", "shop/base", "team", "web");
    await tools.pulumi("env", "clone", "shop/base", "copies/one");
    assert.equal(
      (await tools.pulumi("env", "open", "copies/one", "environmentVariables.KEY")).trim(),
      JSON.stringify(canary),
    );
    assert.match(await tools.refused("env", "clone", "shop/base", "copies/one"), /already exists/);
    assert.match(await tools.refused("env", "clone", "shop/none", "copies/two"), /not found/i);
    await tools.pulumi("env", "clone", "shop/base", "two", "--preserve-history", "--preserve-env-tags");
    assert.match(await tools.pulumi("env", "tag", "ls", "shop/two"), /team/);
    assert.match(await tools.pulumi("env", "version", "history", "shop/two"), /revision 2/);
  });

  it("rm takes out a path, or the whole Environment unless it is protected", async () => {
    await tools.pulumi("env", "rm", "shop/base", "list[2]");
    assert.equal(
      await tools.pulumi("env", "open", "shop/base", "list", "--format", "json"),
      '[\n  1,\n  "two"\n]\n',
    );
    await tools.pulumi("env", "settings", "set", "shop/base", "deletion-protected", "true");
    assert.match(await tools.refused("env", "rm", "--yes", "shop/base"), /deletion protection is enabled/);
    await tools.pulumi("env", "settings", "set", "shop/base", "deletion-protected", "false");
    assert.match(await tools.pulumi("env", "rm", "--yes", "shop/base"), /has been removed/);
    assert.match(await tools.refused("env", "rm", "--yes", "shop/base"), /not found/i);
  });
});
