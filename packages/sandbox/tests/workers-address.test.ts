import assert from "node:assert/strict";
import { destinationOf, pickVersion } from "../src/workers/address.ts";

const two = [
  { name: "hello", enabled: true },
  { name: "off", enabled: false },
];

describe("sandbox/workers: which script answers", () => {
  const rows: readonly (readonly [host: string, path: string, scripts: typeof two, expected: unknown])[] = [
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
    ...[
      "hello.attacker.com",
      "hello.localhost.attacker.com",
      "hello.workers.dev",
      "a.hello.localhost",
      "hello.acme.workers.dev.attacker.com",
      "hello.127.0.0.1",
      "10.0.0.1",
      "0.0.0.0",
      "169.254.169.254",
      "127.0.0.1.attacker.com",
      "[fe80::1]",
      "attacker.com",
    ].map((host) => [host, "/hello", two, { kind: "unknown-host", host }] as const),
    ["", "/hello", two, { kind: "script", name: "hello", path: "/" }],
  ];
  for (const [host, path, scripts, expected] of rows) {
    it(`${host === "" ? "no host" : host} ${path}, ${scripts.length} scripts`, () => {
      assert.deepEqual(destinationOf(host, path, scripts), expected);
    });
  }

  const shop = {
    name: "shop",
    enabled: false,
    domains: ["shop.example.com", "shop.example.net"],
    routes: [],
  };
  const api = {
    name: "api",
    enabled: true,
    domains: [],
    routes: ["example.com/api/*", "*.example.com/img/*", "shop.example.com/api*", "exact.example.com/page"],
  };
  const zone = [shop, api, { name: "wild", enabled: true, routes: ["*example.com/*"] }];
  const bypass = ["example.com/api/open/*", "shop.example.com/api/closed"];
  const toZone: readonly [host: string, path: string, expected: string | undefined][] = [
    ["shop.example.net", "/a?b", "shop"],
    // To a route a custom domain is the origin behind it.
    ["shop.example.com", "/a?b", "wild"],
    ["SHOP.example.com:443", "/api?x", "api"],
    // A route without a script leads to what is behind it.
    ["shop.example.com", "/api/closed", "shop"],
    ["example.com", "/api/x", "api"],
    ["example.com", "/api", "wild"],
    ["example.com", "/api/open/x", undefined],
    ["a.b.example.com", "/img/x", "api"],
    ["example.com", "/img/x", "wild"],
    ["exact.example.com", "/page", "api"],
    // The query is a part of what a pattern is held against.
    ["exact.example.com", "/page?x", "wild"],
    ["badexample.com", "/", "wild"],
    ["example.org", "/", undefined],
    ["api.localhost", "/", "api"],
  ];
  for (const [host, path, expected] of toZone) {
    it(`${host}${path} is ${expected ?? "nobody"}'s`, () => {
      const found = destinationOf(host, path, zone, bypass);
      assert.equal(found.kind === "script" ? found.name : undefined, expected);
      if (found.kind === "script") assert.equal(found.path, path);
    });
  }

  it("keeps a zone's host from being taken for a workers.dev address", () => {
    const scripts = [{ name: "shop", enabled: true, routes: ["shop.example.com/only/*"] }];
    assert.equal(destinationOf("shop.example.com", "/other", scripts).kind, "unknown-host");
    assert.equal(destinationOf("shop.localhost", "/other", scripts).kind, "script");
  });

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
