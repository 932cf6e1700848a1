import assert from "node:assert/strict";
import { type Properties, plainProperties, UNKNOWN } from "../src/providers/properties.ts";
import { CASES } from "./providers-cloudflare-cases.ts";
import { notFound, result, serveConfigured } from "./providers-harness.ts";

describe("stand-in for cloudflare: the described resource types", () => {
  const { recorder, provider } = serveConfigured("cloudflare");
  const bodyOf = (body: string) => (body === "" ? undefined : JSON.parse(body));

  for (const one of CASES) {
    describe(one.type, () => {
      const urn = `urn:pulumi:dev::p::cloudflare:index/${one.type}::x`;
      let state: Properties;

      it("plans without a call, the server's part unknown", async () => {
        recorder.reset({});
        const { inputs, failures } = await provider.check(urn, { ...one.inputs, notOfTheSchema: 1 });
        assert.deepEqual(failures, []);
        assert.deepEqual(plainProperties(inputs), one.inputs);
        const planned = await provider.create(urn, one.inputs, true);
        const idProperty = Object.entries(planned.state).find(([, value]) => value === UNKNOWN);
        assert(idProperty, "nothing of what the server makes is unknown in a preview");
        assert.deepEqual(recorder.calls, []);
      });

      it("creates by the documented call, and finds no change in what it made", async () => {
        const created = result(one.createAnswer ?? one.answer);
        recorder.reset({ [one.read]: result(one.answer), [one.create]: created });
        const made = await provider.create(urn, one.inputs);
        assert.deepEqual(recorder.calls, [one.create, ...(one.afterCreate ?? [])]);
        assert.deepEqual(bodyOf(recorder.seen[0]?.body ?? ""), one.createBody);
        assert.equal(made.id, one.id);
        ({ state } = made);
        assert.deepEqual((await provider.diff(urn, state, one.inputs, one.inputs)).detailed, {});
      });

      it("reads it back without a change, and a 404 as gone", async () => {
        recorder.reset({ [one.read]: result(one.answer) });
        const read = await provider.read(urn, one.id, state, one.inputs);
        assert.deepEqual(recorder.calls, [one.read]);
        assert.equal((await provider.diff(urn, read.state, read.inputs, one.inputs)).changed, false);
        assert.deepEqual(
          read.inputs,
          one.type.startsWith("r2Bucket") ? { ...one.inputs, location: "WEUR" } : one.inputs,
        );
        recorder.reset({ [one.read]: notFound });
        assert.equal((await provider.read(urn, one.id, state, one.inputs)).id, "");
      });

      const { change, update } = one;
      const updating = async (update: string) => {
        const news = Object.fromEntries(
          Object.entries({ ...one.inputs, ...change }).filter(([, value]) => value !== null),
        );
        const { changed, replaces } = await provider.diff(urn, state, one.inputs, news);
        assert.deepEqual({ changed, replaces }, { changed: true, replaces: [] });
        recorder.reset({ [update]: result(one.answer) });
        const updated = await provider.update(urn, state, one.inputs, news);
        assert.deepEqual(recorder.calls, [update]);
        assert.deepEqual(bodyOf(recorder.last().body), one.updateBody);
        assert.equal((await provider.diff(urn, updated, news, news)).changed, false);
      };
      if (update) it("changes in place what can be changed", () => updating(update));

      for (const [name, value] of Object.entries(one.replaces)) {
        it(`replaces for another ${name}`, async () => {
          const { replaces } = await provider.diff(urn, state, one.inputs, { ...one.inputs, [name]: value });
          assert.deepEqual(replaces, [name]);
        });
      }

      it("imports by its id", async () => {
        recorder.reset({ [one.read]: result(one.answer) });
        if (!one.importId) {
          await assert.rejects(provider.read(urn, one.id), /does not support import/);
          return;
        }
        const imported = await provider.read(urn, one.importId);
        assert.deepEqual(recorder.calls, [one.read, one.read]);
        assert.equal(imported.id, one.id);
        for (const name of Object.keys(one.inputs)) {
          if (one.unread?.includes(name) || name === "location" || name === "settings") continue;
          assert.deepEqual(pick(imported.inputs[name], one.inputs[name]), one.inputs[name], name);
        }
        await assert.rejects(
          provider.read(urn, `${one.importId}/more`),
          /invalid ID: expected urlencoded segments/,
        );
        recorder.reset({ [one.read]: notFound });
        await assert.rejects(provider.read(urn, one.importId), /404 Not Found/);
      });

      it("deletes as documented; what is gone already is an error", async () => {
        recorder.reset(one.delete ? { [one.delete]: result(null) } : {});
        await provider.delete(urn, one.id, state);
        assert.deepEqual(recorder.calls, one.delete ? [one.delete] : []);
        if (!one.delete) return;
        recorder.reset({ [one.delete]: notFound });
        await assert.rejects(provider.delete(urn, one.id, state), /404 Not Found/);
      });
    });
  }
});

/** An import brings what the server fills in beside what a program gives. */
function pick(value: unknown, like: unknown): unknown {
  if (typeof like !== "object" || like === null || typeof value !== "object" || value === null) return value;
  if (Array.isArray(like))
    return Array.isArray(value) ? value.map((item, index) => pick(item, like[index])) : value;
  return Object.fromEntries(
    Object.entries(like).map(([name, of]) => [name, pick((value as Record<string, unknown>)[name], of)]),
  );
}
