import assert from "node:assert/strict";
import { destinationOf, pickVersion } from "../../sandbox/workers/address.ts";

const two = [
  { name: "hello", enabled: true },
  { name: "off", enabled: false },
];

describe("sandbox/workers: which script answers", () => {
  const rows: readonly [host: string, path: string, scripts: typeof two, expected: unknown][] = [
    ["hello.localhost:8788", "/a?b", two, { kind: "script", name: "hello", path: "/a?b" }],
    ["HELLO.acme.workers.dev", "/", two, { kind: "script", name: "hello", path: "/" }],
    ["off.localhost", "/", two, { kind: "disabled", name: "off" }],
    ["nobody.localhost", "/", two, { kind: "unknown-host", host: "nobody.localhost" }],
    ["hello", "/", two, { kind: "unknown-host", host: "hello" }],
    ["127.0.0.1:1", "/hello", two, { kind: "script", name: "hello", path: "/" }],
    ["127.0.0.1:1", "/hello?x=1", two, { kind: "script", name: "hello", path: "/?x=1" }],
    ["localhost", "/hello/a/b?c", two, { kind: "script", name: "hello", path: "/a/b?c" }],
    ["[::1]:1", "/off/", two, { kind: "script", name: "off", path: "/" }],
    ["127.0.0.1", "/hell/o", two, { kind: "unaddressed", names: ["hello", "off"] }],
    ["127.0.0.1", "/any/where", two.slice(0, 1), { kind: "script", name: "hello", path: "/any/where" }],
    ["127.0.0.1", "/", [], { kind: "unaddressed", names: [] }],
    ["", "/hello", two, { kind: "script", name: "hello", path: "/" }],
  ];
  for (const [host, path, scripts, expected] of rows) {
    it(`${host === "" ? "no host" : host} ${path}, ${scripts.length} scripts`, () => {
      assert.deepEqual(destinationOf(host, path, scripts), expected);
    });
  }

  it("picks versions by their share", () => {
    const versions = [
      { id: "a", percentage: 10 },
      { id: "b", percentage: 90 },
    ];
    assert.equal(pickVersion(versions, 0)?.id, "a");
    assert.equal(pickVersion(versions, 0.0999)?.id, "a");
    assert.equal(pickVersion(versions, 0.1)?.id, "b");
    assert.equal(pickVersion(versions, 0.9999)?.id, "b");
    assert.equal(pickVersion([], 0.5), undefined);
  });
});
