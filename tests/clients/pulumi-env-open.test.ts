import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { parse } from "dotenv";
import { after, before, describe, it } from "mocha";
import { parse as parseYaml } from "yaml";
import { startTools, type Tools } from "./real-tools.ts";

describe("clients: pulumi env, opening", function () {
  this.timeout(120_000);
  const canary = `canary-${randomUUID()}`;
  let tools: Tools;
  before(async () => {
    tools = await startTools();
    tools.write("base.yaml", `values:\n  key: {fn::secret: ${canary}}\n  shared: from base\n`);
    await tools.pulumi("env", "init", "shop/base", "--file", "base.yaml");
    tools.write(
      "app.yaml",
      [
        "imports: [shop/base]",
        "values:",
        "  n: 12345678901234567890",
        "  environmentVariables: {KEY: '${key}', PLAIN: visible}",
        '  files: {CONFIG: \'{"shared":"${shared}"}\'}',
        "",
      ].join("\n"),
    );
    await tools.pulumi("env", "init", "shop/app", "--file", "app.yaml");
  });
  after(() => tools?.close());

  it("open gives every format", async () => {
    const open = (format: string) => tools.pulumi("env", "open", "shop/app", "--format", format);
    const json = await open("json");
    assert.match(json, /12345678901234567890/);
    const read = JSON.parse(json) as { key: string; environmentVariables: Record<string, string> };
    assert.equal(read.key, canary);
    assert.equal((parseYaml(await open("yaml")) as typeof read).environmentVariables.PLAIN, "visible");
    assert.match(await open("detailed"), /"secret": true/);
    const dotenv = parse(await open("dotenv"));
    assert.deepEqual([dotenv.KEY, dotenv.PLAIN], [canary, "visible"]);
    // The CLI leaves the files behind that it writes.
    assert.deepEqual(JSON.parse(readFileSync(dotenv.CONFIG ?? "", "utf8")), { shared: "from base" });
    assert.match(await open("shell"), /^export PLAIN="visible"$/m);
    assert.match(await open("string"), new RegExp(canary));
    assert.match(await tools.refused("env", "open", "shop/app", "--format", "xml"), /unknown output format/);
    for (const [, file = ""] of tools.printed().matchAll(/"?(\/tmp\/esc-\d+)"?/g))
      rmSync(file, { force: true });
  });

  it("open gives one property, at a revision or a tag", async () => {
    assert.equal(await tools.pulumi("env", "open", "shop/app", "shared"), '"from base"\n');
    await tools.pulumi("env", "set", "shop/app", "shared", "own");
    await tools.pulumi("env", "version", "tag", "shop/app@before", "@2");
    assert.equal(await tools.pulumi("env", "open", "shop/app", "shared"), '"own"\n');
    assert.equal(await tools.pulumi("env", "open", "shop/app@2", "shared"), '"from base"\n');
    assert.equal(await tools.pulumi("env", "open", "shop/app@before", "shared"), '"from base"\n');
    assert.match(await tools.refused("env", "open", "shop/app@99"), /not found/i);
    assert.match(await tools.refused("env", "open", "shop/app@nowhere"), /not found/i);
    assert.match(await tools.refused("env", "open", "shop/none"), /not found/i);
  });

  it("open of what no longer evaluates says where", async () => {
    tools.write("child.yaml", "imports: [shop/passing]\nvalues: {}\n");
    await tools.pulumi("env", "init", "shop/passing");
    await tools.pulumi("env", "init", "shop/child", "--file", "child.yaml");
    await tools.pulumi("env", "rm", "--yes", "shop/passing");
    // The CLI prints the diagnostics and still ends with 0.
    const { stdout, stderr } = await tools.sh("pulumi env open shop/child");
    assert.equal(stdout, "");
    assert.match(stderr, /shop\/child:1:11: environment "shop\/passing" not found/);
  });

  it("open of what only the service can open says so", async () => {
    tools.write(
      "aws.yaml",
      "values:\n  aws:\n    fn::open::aws-login: {static: {accessKeyId: a, secretAccessKey: b}}\n",
    );
    await tools.pulumi("env", "init", "shop/aws", "--file", "aws.yaml");
    const { text } = await tools.sh("pulumi env open shop/aws");
    assert.match(text, /shop\/aws:3:\d+: provider "aws-login" is not in the sandbox/);
  });

  it("run sets variables and files, and filters secrets out of what is printed", async () => {
    const run = (...more: string[]) =>
      tools.pulumi("env", "run", ...more, "shop/app", "--", "sh", "-c", 'echo "$PLAIN $KEY"; cat "$CONFIG"');
    const filtered = await run();
    assert.match(filtered, /visible \[secret\]/);
    assert.match(filtered, /"shared":"own"|"shared":"from base"/);
    assert.match(await run("-i"), new RegExp(`visible ${canary}`));
    const failed = await tools.sh("pulumi env run shop/app -- sh -c 'exit 3'");
    assert.notEqual(failed.code, 0);
  });

  it("diff compares revisions, and Environments, secrets left out", async () => {
    const before = tools.printed().length;
    const diff = async (...args: string[]) => tools.pulumi("env", "diff", ...args);
    const changed = await diff("shop/app@before", "@latest");
    assert.match(changed, /-.*from base/);
    assert.match(changed, /\+.*own/);
    assert.match(await diff("shop/app@2", "shop/base"), /base/);
    assert.match(await diff("shop/app@2", "--path", "shared"), /own/);
    for (const format of ["json", "string", "dotenv", "shell", "detailed"]) {
      await diff("shop/app@2", "--format", format);
    }
    assert.equal(tools.printed().slice(before).includes(canary), false);
    assert.match(await tools.refused("env", "diff", "shop/app@77"), /not found/i);
  });
});
