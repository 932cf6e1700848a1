import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { after } from "mocha";
import { runNode } from "../../../tests/helpers/process.ts";
import { tempFolder } from "../../../tests/helpers/temp.ts";
import { answers } from "../src/cloudflare/envelope.ts";
import { BodyTooLarge, readBody } from "../src/http/body.ts";
import { front } from "../src/http/front.ts";
import { parseJsonText } from "../src/http/json-text.ts";
import { parseRateLimit, rateLimiter } from "../src/http/rate-limit.ts";
import { json, MAX_BODY_BYTES, mount, type Route } from "../src/http/route.ts";
import { answerFault, notFound, refuse } from "../src/pulumi/errors.ts";
import { startSandbox } from "../src/sandbox.ts";

const halves = () => {
  const size = async (request: Parameters<Route<null>["handle"]>[0]) =>
    json(200, { size: (await request.bytes()).length });
  const routes = (base: string): Route<null>[] => [
    {
      method: "GET",
      path: `${base}/things/:thing`,
      operation: "Get",
      handle: (request) => json(200, request.param("thing")),
    },
    { method: "POST", path: `${base}/things`, operation: "Create", handle: size },
  ];
  return {
    pulumi: mount(routes("/api"), null, {
      notFound: () => refuse(notFound()),
      fault: answerFault,
    }),
    cloudflare: mount(
      routes("/client/v4"),
      null,
      answers(() => undefined),
    ),
  };
};

const BASES = { pulumi: "/api", cloudflare: "/client/v4" } as const;

describe("the limits before both APIs", () => {
  const request = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
    new Request(`http://127.0.0.1${path}`, { ...init, headers: { host: "127.0.0.1:8977", ...headers } });

  it("lets so many requests through in a window, and as many in the next", () => {
    let time = 0;
    const take = rateLimiter({ requests: 2, seconds: 10 }, () => time);
    assert.deepEqual(take("a"), { allowed: true, remaining: 1, resetIn: 10 });
    time = 4500;
    assert.deepEqual(take("a"), { allowed: true, remaining: 0, resetIn: 6 });
    assert.deepEqual(take("a"), { allowed: false, remaining: 0, resetIn: 6 });
    assert.equal(take("b").allowed, true);
    time = 10_000;
    assert.deepEqual(take("a"), { allowed: true, remaining: 1, resetIn: 10 });
  });

  it("forgets callers whose window has ended", () => {
    let time = 0;
    const take = rateLimiter({ requests: 1, seconds: 1 }, () => time);
    for (let caller = 0; caller < 1000; caller++) take(String(caller));
    time = 1000;
    take("one more");
    assert.equal(take("0").allowed, true);
    assert.equal(take("one more").allowed, false);
  });

  it("counts callers beyond the first thousand together", () => {
    const take = rateLimiter({ requests: 2, seconds: 1 }, () => 0);
    const refused = Array.from({ length: 5000 }, (_, caller) => take(`${caller}`)).map(
      ({ allowed }) => !allowed,
    );
    assert.equal(refused.indexOf(true), 1002);
    assert.equal(refused.filter(Boolean).length, 3998);
    assert.equal(take("999").allowed, true);
  });

  it("reads a limit from an option", () => {
    assert.deepEqual(parseRateLimit("100"), { requests: 100, seconds: 60 });
    assert.deepEqual(parseRateLimit("1200/300"), { requests: 1200, seconds: 300 });
    for (const text of ["", "0", "-1", "1/", "1/0", "1.5", "many", "1/2/3"])
      assert.equal(parseRateLimit(text), undefined, text);
  });

  for (const [half, base] of Object.entries(BASES)) {
    it(`answers 429 in the form of the ${half} half, each token and half by itself`, async () => {
      const ask = front(halves(), { rateLimit: { requests: 2, seconds: 60 } });
      const get = (token: string, path = `${base}/things/a`) =>
        Promise.resolve(ask(request(path, { authorization: `Bearer ${token}` })));
      assert.deepEqual([(await get("one")).status, (await get("one")).status], [200, 200]);
      const refused = await get("one");
      assert.equal(refused.status, 429);
      assert.match(refused.headers.get("retry-after") ?? "", /^(60|59)$/);
      const body = (await refused.json()) as { code?: number; errors?: { code: number }[] };
      if (half === "pulumi") assert.equal(body.code, 429);
      else assert.equal(body.errors?.[0]?.code, 971);
      assert.equal((await get("two")).status, 200);
      const other = half === "pulumi" ? BASES.cloudflare : BASES.pulumi;
      assert.equal((await get("one", `${other}/things/a`)).status, 200);
    });
  }

  it("tells Cloudflare's clients what is left, and only waits are in the refusal", async () => {
    const ask = front(halves(), { rateLimit: { requests: 5, seconds: 60 } });
    const { headers } = await ask(request("/client/v4/things/a"));
    assert.match(headers.get("ratelimit") ?? "", /^"default";r=4;t=(60|59)$/);
    assert.equal(headers.get("ratelimit-policy"), '"default";q=5;w=60');
    assert.equal(headers.has("retry-after"), false);
    const free = await front(halves())(request("/client/v4/things/a"));
    assert.equal(free.headers.has("ratelimit"), false);
  });

  for (const [half, base] of Object.entries(BASES)) {
    it(`refuses a path that is too long, or has a control character, in the ${half} half`, async () => {
      const ask = front(halves());
      assert.equal((await ask(request(`${base}/things/${"a".repeat(8192)}`))).status, 414);
      assert.equal((await ask(request(`${base}/things/a?${"q".repeat(8192)}`))).status, 414);
      assert.equal((await ask(request(`${base}/things/a%00b`))).status, 400);
      assert.equal((await ask(request(`${base}/things/a%0d%0ab`))).status, 400);
      const dotted = await ask(request(`${base}/things/..%2f..%2fetc`));
      assert.deepEqual([dotted.status, await dotted.json()], [200, "../../etc"]);
    });

    it(`refuses a body over the limit, packed or not, in the ${half} half`, async () => {
      const ask = front(halves());
      const announced = { "content-length": String(MAX_BODY_BYTES + 1) };
      const long = request(`${base}/things`, announced, { method: "POST", body: "x" });
      assert.equal((await ask(long)).status, 413);
      const packed = gzipSync(Buffer.alloc(MAX_BODY_BYTES + 1));
      const init = { method: "POST", body: new Uint8Array(packed) };
      const bomb = request(`${base}/things`, { "content-encoding": "gzip" }, init);
      const refused = await ask(bomb);
      assert.equal(refused.status, 413);
      assert.match(await refused.text(), /the unpacked body \(\d+ bytes as sent\) is over 16777216 bytes/);
      const bad = request(
        `${base}/things`,
        { "content-encoding": "gzip" },
        { method: "POST", body: "no gzip" },
      );
      assert.equal((await ask(bad)).status, 400);
    });
  }

  it("counts the values of JSON before it parses it", () => {
    for (const text of [`[${"[],".repeat(3_000_000)}[]]`, `{"a":[${"1,".repeat(4_000_001)}1]}`])
      assert.throws(() => parseJsonText(text), /^Error: the request body has more than 4000000 values$/);
    const commas = { text: ",[".repeat(5_000_000), list: [1, 2] };
    assert.deepEqual(parseJsonText(JSON.stringify(commas)), commas);
  }).timeout(10_000);

  it("stops reading a body of unknown length at the limit", async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 10;
        controller.enqueue(new Uint8Array(10));
      },
    });
    const init = { method: "POST", body: endless, duplex: "half" } as RequestInit;
    await assert.rejects(readBody(new Request("http://127.0.0.1/", init), 100), BodyTooLarge);
    assert.ok(sent < 1000);
    const fits = new Request("http://127.0.0.1/", { method: "POST", body: "ten bytes." });
    assert.equal((await readBody(fits, 10)).length, 10);
  });

  describe("switched on", () => {
    const folder = tempFolder();
    const closers: (() => Promise<void>)[] = [];
    after(async () => {
      for (const close of closers) await close();
    });

    it("by an option of startSandbox", async () => {
      const rateLimit = { requests: 2, seconds: 60 };
      const sandbox = await startSandbox({ port: 0, dataFolder: join(folder, "data"), rateLimit });
      closers.push(sandbox.close);
      const { pulumi, cloudflare } = sandbox.description;
      for (const [url, scheme] of [
        [`${pulumi.url}/api/user`, "token"],
        [`${cloudflare.url}/user`, "Bearer"],
      ] as const) {
        const get = () => fetch(url, { headers: { authorization: `${scheme} ${pulumi.token}` } });
        const found = [await get(), await get(), await get()].map(({ status }) => status);
        assert.deepEqual(found, [200, 200, 429]);
      }
    });
    it("by --rate-limit, which says what it takes", async () => {
      const { code, stderr } = await runNode(["packages/sandbox/src/main.ts", "--rate-limit", "fast"]).ended;
      assert.equal(code, 2);
      assert.match(stderr, /what --rate-limit gives is not a limit: give N or N\/SECONDS/);
    });
  });
});
