import assert from "node:assert/strict";
import type { StoredBinding } from "../src/cloudflare/model.ts";
import {
  type BindingRequest,
  type BindingResult,
  resolveBindings,
} from "../src/cloudflare/scripts/bindings.ts";
import { redact } from "../src/cloudflare/scripts/sealing.ts";

const stored: readonly StoredBinding[] = [
  { name: "S1", type: "secret_text", fields: {}, sealed: "s1" },
  { name: "S2", type: "secret_text", fields: {}, sealed: "s2" },
  { name: "V", type: "plain_text", fields: { text: "v" } },
];

function resolve(change: Partial<BindingRequest>): BindingResult {
  return resolveBindings({
    sent: [],
    keep: [],
    previous: stored,
    strict: false,
    versionBindings: () => undefined,
    ...change,
  });
}

function names({ bindings }: BindingResult): string[] {
  return bindings.map((one) => ("sent" in one ? `new ${one.sent.name}` : `kept ${one.kept.name}`));
}

const text = (name: string, value: unknown = "x") => ({ name, type: "plain_text", text: value as string });

describe("sandbox/cloudflare: a version's binding set", () => {
  it("replaces everything when nothing is kept", () => {
    assert.deepEqual(names(resolve({ sent: [text("A")] })), ["new A"]);
  });
  it("keeps by type, except what is sent anew", () => {
    const result = resolve({ sent: [text("S1")], keep: ["secret_text"] });
    assert.deepEqual(names(result), ["new S1", "kept S2"]);
  });
  it("inherits by name and by old name, sealed as it is", () => {
    const { bindings } = resolve({
      sent: [
        { name: "S1", type: "inherit" },
        { name: "NEW", type: "inherit", old_name: "S2" },
      ],
    });
    assert.deepEqual(bindings, [
      { kept: stored[0] },
      { kept: { name: "NEW", type: "secret_text", fields: {}, sealed: "s2" } },
    ]);
  });
  it("inherits from a named version", () => {
    const old: StoredBinding[] = [{ name: "OLD", type: "secret_text", fields: {}, sealed: "old" }];
    const result = resolve({
      sent: [{ name: "OLD", type: "inherit", version_id: "v1" }],
      versionBindings: (id) => (id === "v1" ? old : undefined),
    });
    assert.deepEqual(names(result), ["kept OLD"]);
  });
  it("10057 in wrangler's words for a strict inherit of nothing, else no binding", () => {
    const sent = [{ name: "X", type: "inherit" }];
    assert.deepEqual(resolve({ sent, strict: true }).faults, [
      { code: 10057, message: "inherit binding 'X' is invalid" },
    ]);
    assert.deepEqual(resolve({ sent }), { bindings: [], faults: [] });
  });
  it("splits secrets from what may be shown", () => {
    const sent = [
      { name: "S", type: "SECRET_TEXT", text: "t" },
      { name: "K", type: "secret_key", format: "raw", key_base64: "AA" },
    ];
    assert.deepEqual(
      resolve({ sent, previous: [] }).bindings.map((one) => ("sent" in one ? one.sent : one)),
      [
        { name: "S", type: "secret_text", fields: {}, secret: { text: "t" } },
        { name: "K", type: "secret_key", fields: { format: "raw" }, secret: { key_base64: "AA" } },
      ],
    );
  });
  it("collects all faults, and none of them holds a value", () => {
    const { faults } = resolve({
      sent: [
        { type: "plain_text", text: "value" },
        text("TWICE", "value"),
        text("TWICE", "value"),
        { name: "NO_TEXT", type: "secret_text" },
        text("LONG", "é".repeat(2561)),
        { name: "ODD", type: "nonsense", text: "value" },
      ],
    });
    assert.deepEqual(
      faults.map(({ code }) => code),
      [10052, 10053, 10021, 10054, 10021],
    );
    assert.ok(!JSON.stringify(faults).includes("value"));
  });
  it("takes 5120 bytes, and counts bytes", () => {
    assert.deepEqual(resolve({ sent: [text("A", "é".repeat(2560))] }).faults, []);
  });
  it("counts variables and secrets together, kept ones too", () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => text(`V${at}`));
    assert.deepEqual(resolve({ sent: many(126), keep: ["secret_text"] }).faults, []);
    const { faults } = resolve({ sent: many(127), keep: ["secret_text"] });
    assert.deepEqual(
      faults.map(({ code }) => code),
      [10055],
    );
  });
});

describe("sandbox/cloudflare: secrets in texts of the script's own", () => {
  it("are taken out, the longest first", () => {
    const env = { A: "abcd", B: "abcdefgh", C: "x" };
    assert.equal(redact("abcdefgh abcd x", env, ["A", "B", "C"]), "[secret] [secret] x");
  });
});
