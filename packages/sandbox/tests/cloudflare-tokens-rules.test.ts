import assert from "node:assert/strict";
import { after, before } from "mocha";
import { cloudflareRoutes } from "../src/cloudflare/index.ts";
import { permissionGroups } from "../src/cloudflare/tokens/groups.ts";
import { needOf } from "../src/cloudflare/tokens/permissions.ts";
import { createToken } from "../src/cloudflare/tokens/records.ts";
import { type Half, identity, newFolder, removeFolder, startHalf } from "./cloudflare-harness.ts";

/** A path of the route's form; what it names is not there, which nobody without a token may find out. */
function example(path: string): string {
  return path
    .replace("/client/v4", "")
    .replace(":account", identity.accountId)
    .replace(/:(\w+)/g, "nobody");
}

describe("sandbox/cloudflare: every call of the route table", () => {
  const folder = newFolder();
  let half: Half;
  before(async () => {
    half = await startHalf(folder, { eager: false });
  });
  after(async () => {
    await half.stop();
    removeFolder(folder);
  });

  it("has a permission that opens it", () => {
    const there = cloudflareRoutes.filter(({ operation }) => !operation.startsWith("not in the sandbox"));
    const open = there.filter((route) => needOf(route) === undefined);
    assert.deepEqual(
      open.map(({ method, path }) => `${method} ${path}`),
      [],
    );
  });
  it("names a target that its path has", () => {
    for (const route of cloudflareRoutes) {
      const need = needOf(route);
      if (need === undefined || need === "none") continue;
      if (need.target === "account") assert.match(route.path, /\/:account/, route.path);
      if (need.target === "user") assert.doesNotMatch(route.path, /\/:account|\/:zone/, route.path);
    }
  });
  it("has groups whose ids are their own", () => {
    assert.equal(new Set(permissionGroups.map(({ id }) => id)).size, permissionGroups.length);
    for (const { id } of permissionGroups) assert.match(id, /^[0-9a-f]{32}$/);
  });

  it("needs a token", async () => {
    for (const { method, path } of cloudflareRoutes) {
      const answer = await fetch(half.api + example(path), { method });
      const text = method === "HEAD" ? "" : await answer.text();
      // Files come with the token of the upload that they belong to, or under a name that stands in for one.
      if (path.endsWith("/workers/assets/upload") || path.includes("/d1/uploads/")) {
        assert.equal(answer.status, 403, path);
        continue;
      }
      assert.equal(answer.status, 400, `${method} ${path}`);
      if (method !== "HEAD") assert.match(text, /"code":9106/, `${method} ${path}`);
    }
  });
  it("needs one that somebody gave out, and that is valid", async () => {
    const expired = createToken(half.context, { expiresOn: "2026-01-01T00:00:00Z" }).value;
    for (const value of ["wrong-token-0123456789-0123456789-0123456789", expired]) {
      for (const { method, path } of cloudflareRoutes) {
        if (value === expired && path.endsWith("/verify")) continue;
        const headers = { authorization: `Bearer ${value}` };
        const answer = await fetch(half.api + example(path), { method, headers });
        await answer.arrayBuffer();
        assert.ok([401, 403].includes(answer.status), `${method} ${path}: ${answer.status}`);
      }
    }
  });
  it("needs the permission, unless a rule says that any token may", async () => {
    // Opens something that nothing else is opened by.
    const policies = [
      {
        effect: "allow",
        permission_groups: [{ id: permissionGroups.find(({ name }) => name === "Workers Tail Read")?.id }],
        resources: { [`com.cloudflare.api.account.${identity.accountId}`]: "*" },
      },
    ];
    const { value } = (await half.call("POST", "/accounts/A/tokens", { name: "t", policies })).body.result;
    const headers = { authorization: `Bearer ${value}` };
    for (const route of cloudflareRoutes) {
      const need = needOf(route);
      if (need === "none" || need?.anyOf.includes("Workers Tail Read")) continue;
      const answer = await fetch(half.api + example(route.path), { method: route.method, headers });
      await answer.arrayBuffer();
      assert.equal(answer.status, 403, `${route.method} ${route.path}`);
    }
  });
  it("reaches no other account", async () => {
    const other = "f".repeat(32);
    for (const { method, path } of cloudflareRoutes.filter((route) => route.path.includes("/:account"))) {
      const url = half.api + example(path).replace(identity.accountId, other);
      const headers = { authorization: `Bearer ${identity.token}` };
      const answer = await fetch(url, { method, headers });
      await answer.arrayBuffer();
      assert.equal(answer.status, 403, `${method} ${path}`);
    }
  });
  it("lets no page of another origin read or send", async () => {
    const origin = { origin: "https://evil.example" };
    const asked = await fetch(`${half.api}/user`, { method: "OPTIONS", headers: origin });
    const read = await half.call("GET", "/user", undefined, origin);
    for (const { headers } of [asked, read]) {
      const allowed = [...headers.keys()].filter((name) => name.startsWith("access-control-"));
      assert.deepEqual(allowed, []);
    }
    assert.equal(asked.status, 404);
  });

  const escapes = ["..%2f..%2fetc%2fpasswd", "%2e%2e", "a%00b", "%zz", "a%2fb", "__proto__", "constructor"];
  it("takes a name for a name and for nothing else", async () => {
    for (const name of escapes) {
      for (const path of [`workers/scripts/${name}/settings`, `workers/workers/${name}`, `tokens/${name}`]) {
        const { status } = await half.call("GET", `/accounts/A/${path}`);
        assert.equal(status, name.includes("%00") ? 400 : 404, path);
      }
      const reply = await half.call("PUT", `/accounts/A/workers/scripts/${name}`, new FormData());
      assert.ok([400, 404].includes(reply.status), `${name}: ${reply.status}`);
    }
  });
});
