import fc from "fast-check";
import type { ReplayRequest } from "./reference.ts";

const URN = (name: string, type = "testing:index:Thing") => `urn:pulumi:dev::shop::${type}::${name}`;
const NAMES = ["a", "b", "c", "d", "e", "f", "g"] as const;
const PROVIDER = `${URN("default", "pulumi:providers:testing")}::00000000-0000-4000-8000-000000000000`;

/** Raw material of one resource; numbers pick names, those of resources that are not there included. */
const resource = fc.record({
  name: fc.nat(NAMES.length - 1),
  parent: fc.option(fc.nat(NAMES.length - 1), { freq: 2 }),
  dependencies: fc.uniqueArray(fc.nat(NAMES.length - 1), { maxLength: 3 }),
  properties: fc.dictionary(
    fc.constantFrom("x", "y", "zwölf"),
    fc.uniqueArray(fc.nat(NAMES.length - 1), { maxLength: 2 }),
    { maxKeys: 2 },
  ),
  deletedWith: fc.option(fc.nat(NAMES.length - 1), { freq: 3 }),
  replaceWith: fc.uniqueArray(fc.nat(NAMES.length - 1), { maxLength: 1 }),
  viewOf: fc.option(fc.nat(NAMES.length - 1), { freq: 9 }),
  alias: fc.option(fc.nat(NAMES.length - 1), { freq: 6 }),
  value: fc.oneof(fc.nat(9), fc.string({ unit: "binary", maxLength: 4 }), fc.constant(1.5e300)),
  flags: fc.nat(63),
});
type Material = typeof resource extends fc.Arbitrary<infer T> ? T : never;

function made(material: Material) {
  const urn = (at: number) => URN(NAMES[at] ?? "a");
  const { parent, dependencies, properties, deletedWith, replaceWith, viewOf, alias, flags } = material;
  return {
    urn: urn(material.name),
    custom: true,
    ...(flags & 1 && flags & 2 ? { delete: true } : {}),
    id: `id-${material.name}`,
    type: "testing:index:Thing",
    inputs: { value: material.value },
    ...(parent === null ? {} : { parent: urn(parent) }),
    ...(flags & 4 ? { protect: true } : {}),
    ...(dependencies.length === 0 ? {} : { dependencies: dependencies.map(urn) }),
    ...(flags & 8 ? { provider: PROVIDER } : {}),
    ...(Object.keys(properties).length === 0
      ? {}
      : {
          propertyDependencies: Object.fromEntries(
            Object.entries(properties).map(([name, ats]) => [name, ats.map(urn)]),
          ),
        }),
    ...(flags & 16 && flags & 32 ? { pendingReplacement: true } : {}),
    // Seldom another's: the reference refuses two resources with one alias.
    ...(alias === null ? {} : { aliases: [`${urn(alias === 0 ? 0 : material.name)}-before`] }),
    ...(deletedWith === null ? {} : { deletedWith: urn(deletedWith) }),
    ...(replaceWith.length === 0 ? {} : { replaceWith: replaceWith.map(urn) }),
    ...(viewOf === null ? {} : { viewOf: urn(viewOf) }),
  };
}

const operations = ["creating", "updating", "deleting", "reading", "importing"] as const;
const operation = fc.record({ resource, type: fc.constantFrom(...operations) });

const step = fc.record({
  kind: fc.nat(9),
  /** Begun before it ends, and by what. */
  begun: fc.option(operation, { freq: 1 }),
  state: fc.option(resource, { freq: 4 }),
  /** Positions and earlier operations, taken modulo what there is; −1 for none. */
  old: fc.integer({ min: -1, max: 7 }),
  made: fc.integer({ min: -1, max: 7 }),
  which: fc.nat(3),
  refresh: fc.boolean(),
  bytes: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Any state, whether an engine would leave it so or not, and any journal that refers only to what there is. */
export const journals: fc.Arbitrary<ReplayRequest> = fc
  .record({
    resources: fc.array(resource, { maxLength: 7 }),
    pending: fc.array(operation, { maxLength: 2 }),
    steps: fc.array(step, { maxLength: 14 }),
  })
  .map(({ resources, pending, steps }) => ({
    base: stateOf(resources, pending),
    entries: entriesOf(steps, resources),
  }));

function stateOf(resources: readonly Material[], pending: readonly { resource: Material; type: string }[]) {
  return {
    manifest: { time: "2026-01-01T00:00:00Z", magic: "", version: "" },
    secrets_providers: { type: "service", state: { stack: "dev" } },
    ...(resources.length === 0 ? {} : { resources: resources.map(made) }),
    ...(pending.length === 0
      ? {}
      : { pending_operations: pending.map((one) => ({ resource: made(one.resource), type: one.type })) }),
    metadata: {},
  };
}

function entriesOf(steps: readonly Step[], base: readonly Material[]): object[] {
  const entries: object[] = [];
  // What may be referred to: operations that produced a state, and positions in the base.
  let [produced, positions, operationID]: [number[], number, number] = [[], base.length, 0];
  const add = (kind: number, operation: number, more: object = {}) =>
    entries.push({
      version: 1,
      kind,
      sequenceID: entries.length + 1,
      operationID: operation,
      removeOld: null,
      removeNew: null,
      ...more,
    });
  for (const { kind, begun, state, old, made: earlier, which, refresh, bytes } of steps) {
    operationID += 1;
    const at = old < 0 || positions === 0 ? undefined : old % positions;
    const producer = earlier < 0 || produced.length === 0 ? undefined : produced[earlier % produced.length];
    if (begun !== null && kind <= 3)
      add(0, operationID, { operation: { resource: made(begun.resource), type: begun.type } });
    const flags = { ...(bytes ? { requiresByteString: true } : {}), ...(refresh ? { isRefresh: true } : {}) };
    const put = state === null ? {} : { state: made(state) };
    switch (kind) {
      case 0:
        break; // begun and never ended
      case 1: {
        const references = [
          { ...(at === undefined ? {} : { removeOld: at }) },
          { ...(producer === undefined ? {} : { removeNew: producer }) },
          {
            ...(at === undefined ? {} : { deleteOld: at }),
            ...(producer === undefined ? {} : { deleteNew: producer }),
          },
          {
            ...(at === undefined ? {} : { pendingReplacementOld: at }),
            ...(producer === undefined ? {} : { pendingReplacementNew: producer }),
          },
        ];
        add(1, operationID, { ...references[which], ...put, ...flags });
        if (state !== null) produced = [...produced, operationID];
        break;
      }
      case 2:
        add(2, operationID);
        break;
      case 3:
      case 4:
        // The engine speaks of one place in an entry: the state's, or this update's own.
        if (which % 2 === 0 && at !== undefined) add(kind, operationID, { removeOld: at, ...put });
        else if (producer !== undefined) add(kind, operationID, { removeNew: producer, ...put });
        break;
      case 5:
        // Only ever the first of an update's entries.
        if (entries.length === 0 && state !== null) {
          add(5, operationID, { newSnapshot: stateOf([state, ...base], []) });
          positions = base.length + 1;
        }
        break;
      case 6:
        add(6, operationID, { secretsProvider: { type: "service", state: { stack: `dev-${which}` } } });
        break;
      case 7:
        // After a refresh, when nothing is produced yet: the reference goes on counting produced resources from before.
        if (which === 0 && produced.length === 0) add(7, operationID);
        break;
      case 8:
        add(8, operationID, {
          extensionRef: `extension-${which}`,
          extension: { name: "e", version: "1.0.0", value: "AA==" },
        });
        break;
      case 9:
        add(9, operationID, { snippets: [snippet(which)] });
        break;
      default:
        throw new Error(`no kind ${kind}`);
    }
  }
  return entries;
}

function snippet(which: number) {
  return {
    uuid: "00000000-0000-4000-8000-000000000001",
    name: "s",
    type: "testing:index:Thing",
    code: "value = 1",
    descriptor: { name: "testing" },
    references: { it: `${URN(NAMES[which] ?? "a")}${which % 2 === 0 ? "-before" : ""}` },
  };
}
