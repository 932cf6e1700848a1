import assert from "node:assert/strict";
import { type Properties, plainProperties, secret, UNKNOWN } from "../src/providers/properties.ts";
import { serveConfigured, status } from "./providers-harness.ts";
import { CASES } from "./providers-pulumi-cases.ts";

describe("stand-in for pulumiservice: the described resource types", () => {
  const { recorder, provider } = serveConfigured("pulumiservice");
  const seen = () =>
    recorder.seen.map(({ call, body }) => (body === "" ? [call] : [call, JSON.parse(body) as unknown]));

  for (const one of CASES) {
    describe(one.type, () => {
      const urn = `urn:pulumi:dev::p::pulumiservice:${one.type}::x`;
      const answers = Object.fromEntries(
        Object.entries(one.answers).map(([call, body]) => [call, status(200, body)]),
      );
      let state: Properties;

      it("plans without a call", async () => {
        recorder.reset({});
        const { inputs, failures } = await provider.check(urn, one.inputs);
        assert.deepEqual(failures, []);
        assert.deepEqual(inputs, one.inputs);
        const { state: planned } = await provider.create(urn, inputs, true);
        for (const name of Object.keys(one.outputs ?? {})) assert.equal(planned[name], UNKNOWN);
        assert.deepEqual(recorder.calls, []);
      });

      it("creates by the documented calls, and finds no change in what it made", async () => {
        recorder.reset(answers);
        const made = await provider.create(urn, one.inputs);
        assert.deepEqual(seen(), one.create);
        assert.equal(made.id, one.id);
        ({ state } = made);
        if (one.type.startsWith("index")) assert.deepEqual(state, { ...one.inputs, ...one.outputs });
        assert.equal((await provider.diff(urn, state, one.inputs, one.inputs)).changed, false);
      });

      it("reads it back without a change, and imports it", async () => {
        recorder.reset(answers);
        const read = await provider.read(urn, one.id, state, one.inputs);
        assert.deepEqual(seen(), one.read);
        assert.deepEqual(read.state, state);
        assert.equal((await provider.diff(urn, read.state, read.inputs, one.inputs)).changed, false);
        const imported = await provider.read(urn, one.id);
        assert.equal(imported.id, one.id);
        for (const [name, value] of Object.entries(imported.inputs)) {
          if (name !== "tags") assert.deepEqual(value, one.inputs[name], name);
        }
      });

      it("takes a 404 in a read as the real one does", async () => {
        recorder.reset({});
        const reading = provider.read(urn, one.id, state, one.inputs);
        if (one.missing === "gone") assert.equal((await reading).id, "");
        else await assert.rejects(reading, one.missing);
      });

      const updating = async (change: Properties) => {
        const news = { ...one.inputs, ...change };
        const { changed, replaces } = await provider.diff(urn, state, one.inputs, news);
        assert.deepEqual({ changed, replaces }, { changed: true, replaces: [] });
        recorder.reset(answers);
        await provider.update(urn, state, one.inputs, news);
        assert.deepEqual(seen(), one.update);
      };
      const { change } = one;
      if (change) it("changes in place what can be changed", () => updating(change));

      it("replaces for what can't be changed", async () => {
        for (const [name, value] of Object.entries(one.replaces)) {
          const news = { ...one.inputs, [name]: value };
          assert.deepEqual((await provider.diff(urn, state, one.inputs, news)).replaces, [name]);
        }
      });

      it("deletes by the documented calls; what is gone already is an error of the older ones alone", async () => {
        recorder.reset(answers);
        await provider.delete(urn, one.id, state, one.inputs);
        assert.deepEqual(seen(), one.delete);
        recorder.reset({});
        const again = provider.delete(urn, one.id, state, one.inputs);
        if (one.type.startsWith("api/")) await again;
        else await assert.rejects(again, /404 API error: no such route/);
      });
    });
  }

  it("keeps what the program gave as a secret one, in inputs and state", async () => {
    const urn = "urn:pulumi:dev::p::pulumiservice:index:StackTag::x";
    const inputs = { organization: "org", project: "p", stack: "dev", name: "n", value: secret("canary") };
    recorder.reset({ "POST /api/stacks/org/p/dev/tags": status(200, {}) });
    const checked = await provider.check(urn, inputs);
    assert.deepEqual(checked.inputs.value, secret("canary"));
    const { state } = await provider.create(urn, checked.inputs);
    assert.deepEqual(state.value, secret("canary"));
    assert.deepEqual(plainProperties(state).value, "canary");
  });

  it("finds every missing value, and what a schedule, a team or a permission can't be", async () => {
    const failures = async (type: string, inputs: Properties) =>
      (await provider.check(`urn:pulumi:dev::p::pulumiservice:index:${type}::x`, inputs)).failures.join("\n");
    assert.match(
      await failures("Stack", { stackName: "s" }),
      /organizationName: missing.*\n.*projectName: missing/,
    );
    const of = { organization: "o", project: "p", environment: "e" };
    assert.match(
      await failures("EnvironmentRotationSchedule", of),
      /exactly one of scheduleCron or timestamp/,
    );
    const ttl = { organization: "o", project: "p", stack: "s", timestamp: "tomorrow" };
    assert.match(await failures("TtlSchedule", ttl), /timestamp must be in RFC 3339 format/);
    assert.match(
      await failures("Team", { organizationName: "o", teamType: "pulumi" }),
      /teams with teamType 'pulumi' require a name/,
    );
    const permission = { organization: "o", team: "t", environment: "e", permission: "open" };
    assert.match(
      await failures("TeamEnvironmentPermission", { ...permission, maxOpenDuration: "soon" }),
      /malformed duration/,
    );
  });
});
