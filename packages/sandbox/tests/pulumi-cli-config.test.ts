import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { type CliPlace, jsonCli, transcript } from "./pulumi-cli-harness.ts";
import { type Bench, openBench } from "./pulumi-journal-harness.ts";

/** `pulumi config`: in the stack's own file, from Environments, and kept by the service. */
describe("sandbox, Pulumi half: the CLI's config", function () {
  this.timeout(180_000);
  const canary = `canary-${randomUUID()}`;
  const secret = new RegExp(canary);
  let bench: Bench;
  let place: CliPlace;
  before(async () => {
    bench = await openBench({ journals: true });
    const cwd = join(bench.folder, "project");
    mkdirSync(cwd);
    writeFileSync(join(cwd, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    place = { cwd, env: bench.env };
  });
  after(() => bench?.close());
  const file = (stack: string) => readFileSync(join(place.cwd, `Pulumi.${stack}.yaml`), "utf8");

  it("sets, shows, copies and removes values; a secret is only there encrypted", async () => {
    await transcript(place, [
      { run: ["stack", "init", "dev"] },
      { run: ["config", "set", "size", "3"] },
      { run: ["config", "set", "--path", "tree.branch[0]", "leaf"] },
      { run: ["config", "set", "--secret", "key", canary] },
      { run: ["config"], says: [/size\s+3/, /key\s+\[secret\]/], never: [secret] },
      { run: ["config", "get", "key"], says: [secret] },
      { run: ["config", "--show-secrets"], says: [secret] },
      { run: ["config", "get", "none"], code: 1, says: [/configuration key 'none' not found/] },
      { run: ["stack", "init", "copy"] },
      { run: ["config", "cp", "--stack", "dev", "--dest", "copy"] },
      { run: ["config", "get", "key", "--stack", "copy"], says: [secret] },
      { run: ["config", "rm", "size", "--stack", "copy"] },
      { run: ["config", "set-all", "--stack", "copy", "--plaintext", "a=1", "--secret", `b=${canary}`] },
      { run: ["stack", "rename", "dev2", "--stack", "dev"] },
      { run: ["config", "get", "key", "--stack", "dev2"], says: [secret] },
      { run: ["stack", "change-secrets-provider", "default", "--stack", "dev2"] },
      { run: ["config", "refresh", "--stack", "copy"], code: 1, says: [/no previous deployment/] },
    ]);
    assert.doesNotMatch(file("dev2") + file("copy"), secret);
    // One stack's ciphertext is nothing to another.
    assert.notEqual(
      /key:\n\s+secure: (\S+)/.exec(file("dev2"))?.[1],
      /key:\n\s+secure: (\S+)/.exec(file("copy"))?.[1],
    );
    const shown = await jsonCli<Record<string, { value?: string }>>(place, [
      "config",
      "--json",
      "--stack",
      "copy",
    ]);
    assert.deepEqual(
      Object.entries(shown).map(([name, { value }]) => [name, value]),
      [
        ["shop:a", "1"],
        ["shop:b", undefined],
        ["shop:key", undefined],
        ["shop:tree", '{"branch":["leaf"]}'],
      ],
    );
  });

  it("moves values to an Environment, and adds and removes Environments", async () => {
    await transcript(place, [
      { run: ["stack", "init", "envs"] },
      { run: ["config", "set", "size", "3"] },
      { run: ["config", "set", "--secret", "key", canary] },
      {
        run: ["config", "env", "init", "--yes"],
        says: [/Creating environment shop\/envs/, /fn::secret/],
        never: [secret],
      },
      { run: ["config", "env", "init", "--yes"], code: 1 },
      { run: ["env", "open", "shop/envs", "pulumiConfig.shop:key"], says: [secret] },
      { run: ["env", "init", "shop/more"] },
      { run: ["env", "set", "shop/more", "pulumiConfig.shop:size", "4"] },
      { run: ["config", "env", "add", "shop/more", "--yes"], says: [/size\s+4/] },
      { run: ["config", "get", "key"], says: [secret] },
      { run: ["config", "env", "ls"], says: [/shop\/envs/, /shop\/more/] },
      { run: ["config", "env", "rm", "shop/more", "--yes"], says: [/size\s+3/] },
    ]);
    assert.deepEqual(await jsonCli(place, ["config", "env", "ls", "--json"]), ["shop/envs"]);
    assert.match(file("envs"), /^environment:\n\s+- shop\/envs\n?$/);
  });

  it("is kept by the service where a stack is made so", async () => {
    await transcript(place, [
      {
        run: ["stack", "init", "remote", "--remote-config"],
        says: [/Created stack 'remote'/, /environment shop\/remote for stack configuration/],
      },
      { run: ["config", "env", "ls"], says: [/shop\/remote/] },
      { run: ["config", "set", "size", "3"], code: 1, says: [/use `pulumi env set shop\/remote/] },
      { run: ["env", "set", "shop/remote", "pulumiConfig.shop:size", "3"] },
      { run: ["env", "set", "--secret", "shop/remote", "pulumiConfig.shop:key", canary] },
      { run: ["config"], says: [/size\s+3/, /key\s+\[secret\]/], never: [secret] },
      { run: ["config", "get", "key"], says: [secret] },
    ]);
    assert.equal(existsSync(join(place.cwd, "Pulumi.remote.yaml")), false);
    const config = await bench.service.call("GET", "/api/stacks/acme/shop/remote/config");
    assert.deepEqual(config.body, { environment: "shop/remote" });
    const pinned = { environment: "shop/remote@2" };
    const put = await bench.service.call("PUT", "/api/stacks/acme/shop/remote/config", pinned);
    assert.deepEqual([put.status, put.body], [200, pinned]);
    await transcript(place, [
      { run: ["config", "env", "ls"], says: [/shop\/remote@2/] },
      { run: ["config"], says: [/size\s+3/], never: [/key/] },
      { run: ["stack", "rm", "--yes", "remote"], says: [/has been removed/] },
      { run: ["env", "ls"], says: [/shop\/remote/] },
    ]);
  });

  it("never lies in clear on the service's disk", () => {
    assert.equal(bench.service.bytesOnDisk().includes(canary), false);
  });
});
