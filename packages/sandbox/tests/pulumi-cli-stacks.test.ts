import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { type CliPlace, jsonCli, transcript } from "./pulumi-cli-harness.ts";
import { type Bench, openBench } from "./pulumi-journal-harness.ts";
import { Thing } from "./pulumi-journal-programs.ts";
import { exported } from "./pulumi-journal-states.ts";

/** The CLI's commands about stacks and whoever uses them, as a person types them. */
describe("sandbox, Pulumi half: the CLI's stacks", function () {
  this.timeout(180_000);
  let bench: Bench;
  let place: CliPlace;
  before(async () => {
    bench = await openBench({ journals: true });
    const cwd = join(bench.folder, "project");
    mkdirSync(cwd);
    writeFileSync(join(cwd, "Pulumi.yaml"), "name: shop\nruntime: nodejs\ndescription: A shop\n");
    place = { cwd, env: bench.env };
  });
  after(() => bench?.close());

  it("says who one is, where, and in which organization", async () => {
    await transcript(place, [
      { run: ["whoami", "-v"], says: [/User: ann/, /Organizations: ann, acme/, /Token type: personal/] },
      { run: ["org", "get-default"], says: [/^acme$/m] },
      { run: ["org", "set-default", "acme"] },
      { run: ["org", "member", "list"], says: [/ann/] },
      { run: ["org", "webhook", "list"], says: [/No webhooks configured/] },
      {
        run: ["org", "webhook", "new", "--name", "one", "--url", "https://example.test", "--yes"],
        code: 1,
        says: [/501.*not in the sandbox/],
      },
      { run: ["policy", "ls"], says: [/NAME\s+VERSIONS/] },
      { run: ["policy", "group", "ls"], says: [/default-policy-group\s+Y\s+0/] },
      { run: ["about"], says: [/127\.0\.0\.1/, /\bann\b/] },
      { run: ["logout"] },
      { run: ["login"], says: [/Logged in to http:\/\/127\.0\.0\.1:\d+ as ann/] },
    ]);
    const who = await jsonCli<{ user: string; organizations: string[] }>(place, ["whoami", "--json"]);
    assert.deepEqual([who.user, who.organizations], ["ann", ["ann", "acme"]]);
    const about = await jsonCli<{ backend: { user: string } }>(place, ["about", "--json"]);
    assert.equal(about.backend.user, "ann");
  });

  it("makes, lists, selects, tags, renames and removes stacks", async () => {
    await transcript(place, [
      { run: ["stack", "init", "dev"], says: [/Created stack 'dev'/] },
      { run: ["stack", "init", "dev"], code: 1, says: [/stack 'acme\/shop\/dev' already exists/] },
      { run: ["stack", "init", "acme/other"], says: [/Created stack 'other'/] },
      { run: ["stack", "init", "no good"], code: 1, says: [/invalid stack name|may only contain/i] },
      { run: ["stack", "ls"], says: [/dev/, /other\*/] },
      { run: ["stack", "ls", "--all", "--organization", "acme"], says: [/^dev /m, /^other\* /m] },
      { run: ["stack", "select", "dev"] },
      { run: ["stack", "select", "nowhere"], code: 6, says: [/no stack named 'nowhere' found/] },
      { run: ["stack", "tag", "set", "team", "red"] },
      { run: ["stack", "tag", "get", "team"], says: [/^red$/m] },
      { run: ["stack", "ls", "--tag", "team=red"], says: [/dev/], never: [/other/] },
      { run: ["stack", "tag", "rm", "team"] },
      { run: ["stack", "tag", "get", "team"], code: 1, says: [/not found/] },
      { run: ["stack", "rename", "qa"], says: [/Renamed dev to qa/] },
      { run: ["stack", "rename", "other"], code: 1, says: [/already exists/] },
      {
        run: ["stack"],
        says: [/Current stack is qa/, /Owner: acme/, /No resources currently in this stack/],
      },
      { run: ["stack", "history"], says: [/UpdateKind: rename\nStatus: succeeded/] },
      { run: ["stack", "history", "--stack", "other"], says: [/Stack has never been updated/] },
      { run: ["stack", "webhook", "list"], says: [/No webhooks configured/] },
      { run: ["stack", "rm", "other", "--yes"], says: [/Stack 'other' has been removed/] },
      { run: ["stack", "rm", "other", "--yes"], code: 6, says: [/no stack named 'other' found/] },
    ]);
    const listed = await jsonCli<{ name: string }[]>(place, ["stack", "ls", "--json"]);
    assert.deepEqual(
      listed.map(({ name }) => name),
      ["qa"],
    );
    await transcript(place, [
      { run: ["stack", "select", "qa"] },
      { run: ["stack", "init", "teams", "--teams", "nobody"], code: 1, says: [/Team 'nobody' not found/] },
      { run: ["stack", "select", "qa"] },
    ]);
    const tags = await jsonCli<Record<string, string>>(place, ["stack", "tag", "ls", "--json"]);
    assert.deepEqual(tags, {
      "pulumi:project": "shop",
      "pulumi:runtime": "nodejs",
      "pulumi:description": "A shop",
    });
  });

  it("shows a stack's resources, outputs, graph and history, and moves its state", async () => {
    const stack = await bench.stack("live", async () => {
      const one = new Thing("one", { label: "one", value: 1 });
      new Thing("two", { label: "two", value: 2, from: one.out });
      return { made: one.out };
    });
    await stack.up({ color: "never", message: "the first" });
    const on = ["--stack", "acme/shop/live"];
    await transcript(place, [
      { run: ["stack", ...on, "--show-urns", "--show-ids"], says: [/thing-one-1/, /::two/, /made\s+made 1/] },
      { run: ["stack", "output", "made", ...on], says: [/^made 1$/m] },
      { run: ["stack", "output", "none", ...on], code: 1, says: [/does not have output property 'none'/] },
      { run: ["stack", "graph", "graph.dot", ...on] },
      { run: ["stack", "history", ...on], says: [/Version: 1/, /the first/, /succeeded/] },
      { run: ["stack", "export", "--file", "state.json", ...on] },
      { run: ["stack", "export", "--version", "1", "--file", "first.json", ...on] },
      { run: ["stack", "export", "--version", "9", ...on], code: 1, says: [/9 not found/] },
      { run: ["stack", "import", "--file", "state.json", ...on], says: [/Import complete/i] },
      { run: ["stack", "rm", "--yes", ...on], code: 1, says: [/still has resources/] },
    ]);
    assert.match(readFileSync(join(place.cwd, "graph.dot"), "utf8"), /one[\s\S]*->/);
    assert.equal(
      readFileSync(join(place.cwd, "state.json"), "utf8"),
      readFileSync(join(place.cwd, "first.json"), "utf8"),
    );
    const outputs = await jsonCli<Record<string, string>>(place, ["stack", "output", "--json", ...on]);
    assert.deepEqual(outputs, { made: "made 1" });
    const past = await jsonCli<{ kind: string; version: number; result: string }[]>(place, [
      ...["stack", "history", "--json", ...on],
    ]);
    assert.deepEqual(
      past.map(({ kind, result }) => [kind, result]),
      [
        ["import", "succeeded"],
        ["update", "succeeded"],
      ],
    );
    const broken = join(place.cwd, "broken.json");
    writeFileSync(broken, '{"version":3,"deployment":{"resources":[{"urn":"nonsense"}]}}');
    await transcript(place, [{ run: ["stack", "import", "--file", broken, ...on], code: 1 }]);
    assert.equal((await exported(bench.service, "live")).deployment.resources?.length, 4);
    await transcript(place, [
      { run: ["destroy", "--yes", ...on], says: [/3 deleted/] },
      { run: ["stack", "rm", "--yes", "--preserve-config", ...on], says: [/has been removed/] },
      { run: ["stack", "ls"], never: [/live/] },
    ]);
    assert.equal(existsSync(join(place.cwd, "Pulumi.live.yaml")), false);
  });
});
