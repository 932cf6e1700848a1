import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before } from "mocha";
import { isCron } from "../src/cloudflare/scripts/cron.ts";
import { hostOf } from "../src/cloudflare/zones/patterns.ts";
import {
  type Half,
  identity,
  newFolder,
  removeFolder,
  SCRIPTS,
  startHalf,
  upload,
} from "./cloudflare-harness.ts";

const named = (name: string) => `
let fired = "";
export default {
  fetch: (request) => Response.json({ name: "${name}", url: request.url, fired }),
  scheduled(event) { fired = event.cron; },
};`;

const DOMAINS = "/accounts/A/workers/domains";

describe("sandbox/cloudflare: crons, zones, routes and custom domains", function () {
  this.timeout(60_000);
  const folder = newFolder();
  let half: Half;
  let zone = "";
  before(async () => {
    half = await startHalf(folder);
    for (const name of ["one", "two"]) await half.call("PUT", `${SCRIPTS}/${name}`, upload(named(name)));
  });
  after(async () => {
    await half.stop();
    removeFolder(folder);
  });

  /** fetch does not let a `Host` through. */
  const ask = (host: string, path = "/") =>
    new Promise<{ status: number; name?: string }>((done, fail) => {
      const sent = request(`${half.workersUrl}${path}`, { headers: { host } }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        answer.once("end", () => {
          const status = answer.statusCode ?? 0;
          done(status === 200 ? { status, name: (JSON.parse(text) as { name: string }).name } : { status });
        });
      });
      sent.once("error", fail).end();
    });

  it("knows Cloudflare's cron expressions", () => {
    const good = [
      "* * * * *",
      "*/5 0-6 1,15 JAN-MAR MON-FRI",
      "0 0 L * *",
      "0 12 * * 2#1",
      "0 0 * * sun",
      "59 23 LW 12 7L",
    ];
    const bad = [
      "",
      "* * * *",
      "60 * * * *",
      "0 0 * * 0",
      "*/0 * * * *",
      "5-1 * * * *",
      "0 0 1-2-3 * *",
      "@daily",
      "1,, * * * *",
    ];
    assert.deepEqual(
      good.filter((text) => !isCron(text)),
      [],
    );
    assert.deepEqual(bad.filter(isCron), []);
  });
  it("sets, answers and fires cron triggers", async () => {
    const path = `${SCRIPTS}/one/schedules`;
    assert.deepEqual((await half.call("GET", path)).body.result, { schedules: [] });
    const put = await half.call("PUT", path, [{ cron: "*/5 * * * *" }, { cron: "0 0 * * MON" }]);
    assert.equal(put.status, 200);
    const { schedules } = (await half.call("GET", path)).body.result as { schedules: { cron: string }[] };
    assert.deepEqual(put.body.result, { schedules });
    assert.deepEqual(
      schedules.map(({ cron }) => cron),
      ["*/5 * * * *", "0 0 * * MON"],
    );
    const wrong = await half.call("PUT", path, [{ cron: "0 0 * * 0" }]);
    assert.deepEqual(
      [wrong.codes, wrong.body.errors[0]?.message],
      [[10100], "invalid cron string: 0 0 * * 0"],
    );
    const twice = [{ cron: "* * * * *" }, { cron: "* * * * *" }];
    assert.deepEqual((await half.call("PUT", path, twice)).codes, [10100]);
    const many = Array.from({ length: 251 }, (_, at) => ({
      cron: `${at % 60} ${Math.floor(at / 60)} * * *`,
    }));
    assert.deepEqual((await half.call("PUT", path, many)).codes, [10072]);
    assert.deepEqual((await half.call("PUT", path, {})).codes, [10026]);
    assert.deepEqual((await half.call("GET", `${SCRIPTS}/nobody/schedules`)).codes, [10007]);

    const fired = await half.context.workers.fireCron("one");
    assert.equal(fired.outcome, "ok");
    const answer = await (await fetch(`${half.workersUrl}/one/`)).json();
    assert.equal((answer as { fired: string }).fired, "*/5 * * * *");
  });

  it("has a zone, makes more, and finds them by name", async () => {
    const [first] = (await half.call("GET", "/zones?name=example.com")).body.result as unknown as {
      id: string;
    }[];
    zone = first?.id ?? "";
    assert.match(zone, /^[0-9a-f]{32}$/);
    const made = await half.call("POST", "/zones", {
      name: "shop.test",
      account: { id: identity.accountId },
    });
    assert.equal(made.body.result.name, "shop.test");
    assert.deepEqual((await half.call("POST", "/zones", { name: "shop.test" })).codes, [1061]);
    assert.deepEqual((await half.call("POST", "/zones", { name: "no zone" })).codes, [1049]);
    assert.deepEqual((await half.call("GET", `/zones?account.id=${"0".repeat(32)}`)).body.result, []);
    assert.equal((await half.call("GET", "/zones")).body.result_info?.total_count, 2);
    assert.equal((await half.call("GET", `/zones/${zone}`)).body.result.name, "example.com");
    assert.deepEqual((await half.call("GET", `/zones/${"0".repeat(32)}`)).codes, [9109]);
    assert.deepEqual((await half.call("GET", "/zones/none")).codes, [7003, 7000]);
  });

  it("reads route patterns", () => {
    assert.equal(hostOf("*.example.com/*"), "example.com");
    assert.equal(hostOf("https://Example.com/a/b*"), "example.com");
    assert.equal(hostOf("*example.com"), "example.com");
    for (const bad of [
      "",
      "*",
      "*/*",
      "a.*.com/",
      "example.com/*/x",
      "example.com/?a=b",
      "ftp://example.com/",
    ]) {
      assert.equal(hostOf(bad), undefined, bad);
    }
  });
  it("serves routes by Host, the narrower one first, and none where a route has no script", async () => {
    const routes = `/zones/${zone}/workers/routes`;
    const wide = await half.call("POST", routes, { pattern: "*.example.com/*", script: "one" });
    const id = wide.body.result.id as string;
    assert.deepEqual(wide.body.result, { id, pattern: "*.example.com/*", script: "one" });
    assert.deepEqual(
      (await half.call("POST", routes, { pattern: "*.example.com/*", script: "two" })).codes,
      [10020],
    );
    assert.deepEqual(
      (await half.call("POST", routes, { pattern: "other.test/*", script: "one" })).codes,
      [10022],
    );
    assert.deepEqual(
      (await half.call("POST", routes, { pattern: "a.example.com/*", script: "x" })).codes,
      [10019],
    );
    const narrow = await half.call("POST", routes, { pattern: "a.example.com/two/*", script: "two" });
    const free = await half.call("POST", routes, { pattern: "a.example.com/free/*" });
    assert.deepEqual(Object.keys(free.body.result), ["id", "pattern"]);

    assert.equal((await ask("b.example.com", "/two/x")).name, "one");
    assert.equal((await ask("a.example.com", "/two/x")).name, "two");
    assert.equal((await ask("a.example.com", "/free/x")).name, undefined);
    assert.equal((await ask("example.com")).name, undefined);

    const moved = await half.call("PUT", `${routes}/${id}`, { pattern: "example.com/*", script: "two" });
    assert.deepEqual(moved.body.result, { id, pattern: "example.com/*", script: "two" });
    assert.equal((await ask("example.com")).name, "two");
    assert.equal((await ask("b.example.com")).name, undefined);
    assert.equal((await half.call("GET", `${routes}/${narrow.body.result.id}`)).status, 200);
    for (const one of [id, narrow.body.result.id, free.body.result.id]) {
      assert.equal((await half.call("DELETE", `${routes}/${one}`)).status, 200);
    }
    assert.deepEqual((await half.call("GET", `${routes}/${id}`)).codes, [10009]);
    assert.equal((await ask("example.com")).name, undefined);
  });
  it("replaces all routes of a Worker at once, as wrangler does", async () => {
    const path = `${SCRIPTS}/one/routes`;
    const put = await half.call("PUT", path, [
      { pattern: "x.example.com/*", zone_name: "example.com" },
      { pattern: "shop.test/*" },
    ]);
    assert.equal(put.status, 200, JSON.stringify(put.body.errors));
    assert.equal((await ask("shop.test")).name, "one");
    await half.call("PUT", path, [{ pattern: "x.example.com/*" }]);
    assert.equal((await ask("shop.test")).name, undefined);
    const taken = await half.call("PUT", `${SCRIPTS}/two/routes`, [{ pattern: "x.example.com/*" }]);
    assert.deepEqual(taken.codes, [10020]);
    assert.deepEqual((await half.call("PUT", path, [{ pattern: "nowhere.test/*" }])).codes, [10022]);
  });

  it("serves custom domains, which are one Worker's at a time", async () => {
    const made = await half.call("PUT", DOMAINS, {
      hostname: "api.example.com",
      service: "one",
      zone_id: zone,
    });
    const { id, cert_id } = made.body.result as { id: string; cert_id: string };
    const whole = {
      id,
      hostname: "api.example.com",
      service: "one",
      environment: "production",
      zone_id: zone,
      zone_name: "example.com",
      cert_id,
      enabled: true,
      previews_enabled: false,
    };
    assert.deepEqual(made.body.result, whole);
    assert.deepEqual((await half.call("GET", `${DOMAINS}/${id}`)).body.result, whole);
    assert.deepEqual((await half.call("GET", `${DOMAINS}?service=one`)).body.result, [whole]);
    assert.deepEqual((await half.call("GET", `${DOMAINS}?service=two`)).body.result, []);
    assert.equal((await ask("api.example.com", "/any/path")).name, "one");

    const other = { hostname: "api.example.com", service: "two" };
    assert.deepEqual((await half.call("PUT", DOMAINS, other)).codes, [100116]);
    const forced = await half.call("PUT", DOMAINS, { ...other, override_existing_origin: true });
    assert.equal(forced.body.result.id, id);
    assert.equal((await ask("api.example.com")).name, "two");
    assert.deepEqual(
      (await half.call("PUT", DOMAINS, { hostname: "a.nowhere.test", service: "one" })).codes,
      [100115],
    );
    assert.deepEqual(
      (await half.call("PUT", DOMAINS, { hostname: "b.example.com", service: "x" })).codes,
      [10007],
    );
    assert.equal((await half.call("DELETE", `${DOMAINS}/${id}`)).status, 200);
    assert.deepEqual((await half.call("DELETE", `${DOMAINS}/${id}`)).codes, [100114]);
    assert.equal((await ask("api.example.com")).name, undefined);
  });
  it("says what a change of domains would do, and does it", async () => {
    const path = `${SCRIPTS}/one/domains`;
    const change = async (origins: object[]) => {
      const { result } = (await half.call("POST", `${path}/changeset?replace_state=true`, origins)).body;
      const names = (key: string) => (result[key] as { hostname: string }[]).map(({ hostname }) => hostname);
      return { added: names("added"), removed: names("removed"), updated: names("updated") };
    };
    const records = (origins: object[]) =>
      half.call("PUT", `${path}/records`, { override_scope: true, origins });
    const [a, b] = [{ hostname: "a.example.com" }, { hostname: "b.example.com" }];
    assert.deepEqual(await change([a]), { added: [a.hostname], removed: [], updated: [] });
    assert.equal((await records([a])).status, 200);
    assert.equal((await ask("a.example.com")).name, "one");
    assert.deepEqual(await change([b]), { added: [b.hostname], removed: [a.hostname], updated: [] });
    assert.deepEqual(await change([a]), { added: [], removed: [], updated: [a.hostname] });
    await records([b]);
    assert.deepEqual(
      [(await ask("a.example.com")).name, (await ask("b.example.com")).name],
      [undefined, "one"],
    );
  });

  it("keeps all of it over a restart, and takes it away with the Worker", async () => {
    await half.stop();
    half = await startHalf(folder);
    assert.deepEqual([(await ask("x.example.com")).name, (await ask("b.example.com")).name], ["one", "one"]);
    assert.equal((await half.call("DELETE", `${SCRIPTS}/one`)).status, 200);
    assert.equal((await ask("x.example.com")).name, undefined);
    assert.deepEqual((await half.call("GET", `/zones/${zone}/workers/routes`)).body.result, []);
    assert.deepEqual((await half.call("GET", DOMAINS)).body.result, []);
  });
});
