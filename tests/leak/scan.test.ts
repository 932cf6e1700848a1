import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { canary, newMark } from "./marker.ts";
import { scanner } from "./scan.ts";

/** How a value may come to light, and the text that it then is. */
const WAYS: Readonly<Record<string, (value: string) => string | Buffer>> = {
  "as it is": (value) => `x=${value};`,
  "in capitals": (value) => value.toUpperCase(),
  "its first 40 characters": (value) => value.slice(0, 40),
  JSON: (value) => JSON.stringify({ value }),
  "JSON in JSON": (value) => JSON.stringify(JSON.stringify(JSON.stringify({ value }))),
  "JSON, every character escaped": (value) =>
    [...value].map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
  URL: (value) => `https://host/?q=${encodeURIComponent(value)}`,
  "URL, every byte escaped": (value) => [...Buffer.from(value)].map((byte) => `%${hex(byte)}`).join(""),
  base64: (value) => Buffer.from(value).toString("base64"),
  "base64 within more, by one": (value) => Buffer.from(`a${value}b`).toString("base64"),
  "base64 within more, by two": (value) => Buffer.from(`ab${value}c`).toString("base64"),
  "base64 of JSON": (value) => Buffer.from(JSON.stringify({ value })).toString("base64"),
  "base64 for URLs": (value) => Buffer.from(`?>${value}`).toString("base64url"),
  "base64 in lines of 76": (value) =>
    Buffer.from("x".repeat(50) + value)
      .toString("base64")
      .replace(/.{76}/g, "$&\n"),
  "base64 twice": (value) => Buffer.from(Buffer.from(`z${value}`).toString("base64")).toString("base64"),
  hex: (value) => Buffer.from(value).toString("hex"),
  "hex in capitals, with colons": (value) => [...Buffer.from(value)].map(hex).join(":").toUpperCase(),
  "a hex dump": (value) =>
    [...Buffer.from(value)].map((byte, at) => (at % 16 === 15 ? `${hex(byte)}\n` : `${hex(byte)} `)).join(""),
  "a Buffer as JSON has it": (value) => JSON.stringify(Buffer.from(value)),
  "HTML's escapes": (value) => [...Buffer.from(value)].map((byte) => `&#${byte};`).join(""),
  "lines of 20": (value) => value.replace(/.{20}/g, "$&\n    "),
  "lines of 20, quoted and joined": (value) => value.replace(/.{20}/g, '$&" +\n  "'),
  "escaped line ends": (value) => value.replace(/.{20}/g, "$&\\n"),
  "a line of a log in between": (value) =>
    `${value.slice(0, 30)}\n  pulumi:pulumi:Stack (life-dev): ${value.slice(30)}`,
  coloured: (value) => value.replace(/.{10}/g, "$&\u001b[31m"),
  gzipped: (value) => gzipSync(`x${value}`),
  "among bytes": (value) => Buffer.concat([Buffer.alloc(99, 0xff), Buffer.from(value), Buffer.alloc(9)]),
  "UTF-16": (value) => Buffer.from(value, "utf16le"),
};

const hex = (byte: number) => byte.toString(16).padStart(2, "0");

describe("leak: what the scanner finds", () => {
  const value = canary(' "q" \\ + % é\n$HOME');
  const other = canary();
  const mark = newMark();
  const { scan, forms } = scanner([{ label: "the secret", text: mark }]);
  const marked = value.replace(/^canary-\w+/, `canary-${mark}`);

  for (const [way, write] of Object.entries(WAYS))
    it(way, () => {
      assert.notEqual(scan(write(marked)).length, 0, "it was not found");
      assert.deepEqual(scan(write(other)), [], "another was taken for it");
    });

  it("finds it wherever it stands in what is long", () => {
    const window = 1024 * 1024;
    for (const at of [0, 1000, window - 10, window, window + 16 * 1024, 2 * window - 1, 2 * window + 5]) {
      const bytes = Buffer.alloc(2 * window + 1000, "abcdefg\n");
      bytes.write(mark, at, "latin1");
      assert.equal(scan(bytes).length, 1, `at ${at}`);
    }
  });

  it("finds nothing in nothing, and refuses what could be chance", () => {
    assert.deepEqual(scan(""), []);
    assert.ok(forms > 20);
    assert.throws(() => scanner([{ label: "short", text: "a-b-c" }]), /short has too few/);
  });
});
