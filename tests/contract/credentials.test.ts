import assert from "node:assert/strict";
import type { Hono } from "hono";
import { after, before, describe, it } from "mocha";
import {
  type CloudflareContext,
  createCloudflareHalf,
  createToken,
} from "../../packages/sandbox/src/cloudflare/index.ts";
import { createPulumiHalf } from "../../packages/sandbox/src/pulumi/index.ts";
import { openDataFolder } from "../../packages/sandbox/src/store/folder.ts";
import { identity, STACK } from "../../packages/sandbox/tests/pulumi-harness.ts";
import { tempFolder } from "../helpers/temp.ts";
import { type Half, keyOf, operations } from "./route-table.ts";

const HOST = "http://127.0.0.1:8977";
/** By their own contract. */
const OPEN_TO_ALL = ["GET /oidc/.well-known/jwks"];

/** A path of an operation: of the update that is running where it is one of an update, else made up. */
function pathOf(path: string, update: string): string {
  return path
    .replace(/^\/api\/stacks\/:org\/:project\/:stack\/:kind\{[^}]*\}\/:update/, update)
    .replace(":org", "acme")
    .replace(":account", identity.accountId)
    .replace(/:kind\{[^}]*\}/, "update")
    .replace(/:(?:version|page)\b/g, "1")
    .replace(/:[A-Za-z]+(?:\{[^/]*\})?/g, "x")
    .replace("*", "x");
}

describe("contract: credentials of every route", () => {
  const data = openDataFolder(tempFolder());
  let clock = Date.now();
  const context = { store: data.store, vault: data.vault, identity, now: () => new Date(clock) };
  // Nobody without a credential gets as far as a Worker.
  const workers = new Proxy({}, { get: () => () => undefined }) as CloudflareContext["workers"];
  const halves: Readonly<Record<Half, Hono>> = {
    "Pulumi Cloud": createPulumiHalf({ ...context, journals: true }),
    Cloudflare: createCloudflareHalf({ ...context, workers, workersUrl: () => HOST }),
  };
  let update = "";
  const wrong: Record<Half, Record<string, Record<string, string>>> = { "Pulumi Cloud": {}, Cloudflare: {} };
  after(() => data.close());

  const asUser = async (method: string, path: string, body: unknown) => {
    const headers = { authorization: `token ${identity.token}`, "content-type": "application/json" };
    const request = new Request(`${HOST}${path}`, { method, headers, body: JSON.stringify(body) });
    return (await (await halves["Pulumi Cloud"].fetch(request)).json()) as Record<string, unknown>;
  };
  const started = async (dryRun: boolean) => {
    const body = { name: "shop", runtime: "nodejs", options: { dryRun }, config: {}, metadata: {} };
    const { updateID } = await asUser("POST", `${STACK}/update`, body);
    const path = `${STACK}/update/${String(updateID)}`;
    const { token } = await asUser("POST", path, {});
    return { path, lease: `update-token ${String(token)}` };
  };

  before(async () => {
    await asUser("POST", "/api/stacks/acme/shop", { stackName: "dev" });
    const running = await started(false);
    const other = await started(true);
    const ended = await started(true);
    const headers = { authorization: ended.lease, "content-type": "application/json" };
    const done = { method: "POST", headers, body: JSON.stringify({ status: "succeeded" }) };
    await halves["Pulumi Cloud"].fetch(new Request(`${HOST}${ended.path}/complete`, done));
    update = running.path;
    const soon = Math.floor(clock / 1000) + 60;
    const made = await asUser("POST", "/api/user/tokens", { description: "short", expires: soon });
    const expired = createToken(context, { expiresOn: new Date(clock - 1000).toISOString() }).value;
    const disabled = createToken(context, { status: "disabled" }).value;
    clock += 120_000;
    const { token } = identity;
    const authorizations = (all: Readonly<Record<string, string>>) =>
      Object.fromEntries(Object.entries(all).map(([name, authorization]) => [name, { authorization }]));
    const basic = `Basic ${Buffer.from(`x:${token}`).toString("base64")}`;
    wrong["Pulumi Cloud"] = {
      none: {},
      ...authorizations({
        empty: "",
        "the scheme alone": "token ",
        another: `token ${"x".repeat(token.length)}`,
        "a beginning": `token ${token.slice(0, -1)}`,
        "one more character": `token ${token}x`,
        "in capitals": `token ${token.toUpperCase()}`,
        "another scheme": `Bearer ${token}`,
        Basic: basic,
        "an expired one": `token ${String(made.tokenValue)}`,
        "two in one": `token x, token ${token}`,
        "the token of no update": `update-token ${"x".repeat(40)}`,
        "the user's as an update's": `update-token ${token}`,
        "another update's": other.lease,
        "an ended update's": ended.lease,
      }),
      "in another header": { "x-authorization": `token ${token}`, cookie: `token=${token}` },
    };
    wrong.Cloudflare = {
      none: {},
      ...authorizations({
        empty: "",
        "the scheme alone": "Bearer ",
        another: `Bearer ${"x".repeat(token.length)}`,
        "a beginning": `Bearer ${token.slice(0, -1)}`,
        "one more character": `Bearer ${token}x`,
        "in capitals": `Bearer ${token.toUpperCase()}`,
        "another scheme": `token ${token}`,
        Basic: basic,
        "an expired one": `Bearer ${expired}`,
        "a disabled one": `Bearer ${disabled}`,
        "an update's": running.lease,
      }),
      "a global key": { "x-auth-email": "a@example.test", "x-auth-key": token },
    };
  });

  it("refuses each wrong one at each route, before a byte of the body is read", async () => {
    const admitted: string[] = [];
    let calls = 0;
    for (const operation of operations) {
      if (OPEN_TO_ALL.includes(keyOf(operation))) continue;
      for (const [name, headers] of Object.entries(wrong[operation.half])) {
        calls++;
        let read = false;
        // With none waiting in the stream, it is asked for data only by whoever reads.
        const body = new ReadableStream(
          {
            pull(stream) {
              read = true;
              stream.close();
            },
          },
          { highWaterMark: 0 },
        );
        const bare = operation.method === "GET" || operation.method === "HEAD";
        const request = new Request(`${HOST}${pathOf(operation.path, update)}`, {
          method: operation.method,
          headers: { ...headers, "content-encoding": "gzip", "content-type": "application/json" },
          ...(bare ? {} : { body, duplex: "half" }),
        });
        const { status } = await halves[operation.half].fetch(request);
        const verifies = operation.path.endsWith("/tokens/verify") && name === "an expired one";
        const disabledVerifies = operation.path.endsWith("/tokens/verify") && name === "a disabled one";
        if (verifies || disabledVerifies) continue;
        // 400: Cloudflare's own for a header that is missing or of no form.
        const refused =
          status === 401 || status === 403 || (operation.half === "Cloudflare" && status === 400);
        if (!refused || read) admitted.push(`${keyOf(operation)}, ${name}: ${status}${read ? ", read" : ""}`);
      }
    }
    assert.deepEqual(admitted, []);
    console.log(
      `      ${calls} calls: ${operations.length} routes with ${Object.keys(wrong["Pulumi Cloud"]).length} or ${Object.keys(wrong.Cloudflare).length} wrong credentials`,
    );
  });

  it("lets the right one through: an update's lease to its own calls, and the user's token to reading", async () => {
    const events = await halves["Pulumi Cloud"].fetch(
      new Request(`${HOST}${update}/events`, { headers: { authorization: `token ${identity.token}` } }),
    );
    assert.equal(events.status, 200);
  });
});
