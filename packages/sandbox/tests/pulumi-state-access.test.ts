import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { createStack, type Reply, type Service, STACK, startService } from "./pulumi-harness.ts";

/** Access tokens, teams, and the wall between organizations: `acme`, and the user's own, `ann`. */
describe("sandbox, Pulumi half: access", () => {
  let service: Service;
  before(async () => {
    service = await startService();
    await createStack(service);
    await service.call("POST", "/api/stacks/acme/shop", { stackName: "other" });
    await service.call("POST", "/api/stacks/ann/shop", { stackName: "dev" });
    for (const [owner, name] of [
      ["acme", "base"],
      ["acme", "more"],
      ["ann", "base"],
    ]) {
      await service.call("POST", `/api/esc/environments/${owner}`, { project: "shop", name });
    }
  });
  after(() => service.close());

  const make = async (path: string, body: object): Promise<{ id: string; as: { authorization: string } }> => {
    const made = await service.call("POST", path, body);
    assert.equal(made.status, 200, made.text);
    return { id: String(made.body.id), as: { authorization: `token ${String(made.body.tokenValue)}` } };
  };
  const stacksOf = ({ body }: Reply) =>
    (body.stacks as { orgName: string; stackName: string }[]).map((one) => `${one.orgName}/${one.stackName}`);

  it("makes personal tokens, whose value is shown once", async () => {
    const { id, as } = await make("/api/user/tokens", { description: "laptop", expires: 0 });
    assert.match(as.authorization, /^token pul-[0-9a-f]{60}$/);
    assert.equal((await service.call("GET", "/api/user", undefined, as)).body.githubLogin, "ann");
    const listed = await service.call("GET", "/api/user/tokens");
    const [token] = listed.body.tokens as Record<string, unknown>[];
    assert.deepEqual([token?.id, token?.description, token?.type], [id, "laptop", "personal"]);
    const value = as.authorization.slice("token ".length);
    assert.equal(listed.text.includes(value), false);
    assert.equal(service.bytesOnDisk().includes(value), false);
    await service.restart();
    assert.equal((await service.call("GET", STACK, undefined, as)).status, 200);
    assert.equal((await service.call("DELETE", `/api/user/tokens/${id}`)).status, 204);
    assert.equal((await service.call("GET", STACK, undefined, as)).status, 401);
    assert.equal((await service.call("DELETE", `/api/user/tokens/${id}`)).status, 404);
  });

  it("lets tokens expire", async () => {
    const expires = Math.floor(Date.now() / 1000) + 60;
    const { as } = await make("/api/user/tokens", { description: "short", expires });
    assert.equal((await service.call("GET", "/api/user", undefined, as)).status, 200);
    service.advance(61);
    assert.equal((await service.call("GET", "/api/user", undefined, as)).status, 401);
    for (const wrong of [1, expires + 4 * 365 * 24 * 3600]) {
      assert.equal((await service.call("POST", "/api/user/tokens", { expires: wrong })).status, 400);
    }
    await make("/api/user/tokens", { description: "long", expires: 0 });
    for (const [query, shown] of [
      ["", ["long"]],
      ["?filter=active", ["long"]],
      ["?filter=expired", ["short"]],
      ["?filter=all", ["long", "short"]],
    ] as const) {
      const { body } = await service.call("GET", `/api/user/tokens${query}`);
      const found = (body.tokens as { description: string }[]).map(({ description }) => description);
      assert.deepEqual(found.sort(), shown, query);
    }
  });

  it("lists tokens and stacks page by page", async () => {
    for (const [path, what] of [
      ["/api/user/tokens?filter=all", "tokens"],
      ["/api/user/stacks?project=shop", "stacks"],
    ] as const) {
      const read = async (query: string) => (await service.call("GET", `${path}${query}`)).body;
      const whole = await read("");
      const all = whole[what] as unknown[];
      assert.ok(all.length > 1 && !("continuationToken" in whole), what);
      const pages: unknown[] = [];
      for (let next: unknown = ""; next !== undefined; ) {
        const { [what]: page, continuationToken } = await read(`&maxResults=1&continuationToken=${next}`);
        assert.equal((page as unknown[]).length, 1, what);
        pages.push(...(page as unknown[]));
        next = continuationToken;
      }
      assert.deepEqual(pages, all);
      for (const wrong of ["maxResults=many", "continuationToken=x"])
        assert.equal((await service.call("GET", `${path}&${wrong}`)).status, 400, wrong);
    }
    assert.equal((await service.call("GET", "/api/user/tokens?maxResults=1001")).status, 400);
  });

  it("never shows one organization's data to another's token, by any path or list", async () => {
    const { as } = await make("/api/orgs/ann/tokens", { name: "ci", description: "", expires: 0 });
    assert.equal((await service.call("GET", "/api/stacks/ann/shop/dev", undefined, as)).status, 200);
    const user = await service.call("GET", "/api/user", undefined, as);
    assert.deepEqual(user.body.tokenInfo, { name: "ci", organization: "ann" });
    assert.deepEqual(
      (user.body.organizations as { githubLogin: string }[]).map((one) => one.githubLogin),
      ["ann"],
    );
    assert.equal(
      (await service.call("GET", "/api/user/organizations/default", undefined, as)).body.gitHubLogin,
      "ann",
    );
    assert.deepEqual(stacksOf(await service.call("GET", "/api/user/stacks", undefined, as)), ["ann/dev"]);
    const environments = await service.call("GET", "/api/esc/environments", undefined, as);
    assert.deepEqual(
      (environments.body.environments as { organization: string }[]).map((one) => one.organization),
      ["ann"],
    );
    for (const [method, path] of [
      ["GET", STACK],
      ["GET", "/api/stacks/%61cme/shop/dev"],
      ["GET", `${STACK}/export`],
      ["POST", `${STACK}/decrypt`],
      ["PATCH", `${STACK}/tags`],
      ["DELETE", `${STACK}?force=true`],
      ["HEAD", "/api/stacks/acme/shop"],
      ["POST", "/api/stacks/acme/shop"],
      ["GET", "/api/user/stacks?organization=acme"],
      ["GET", "/api/esc/environments?organization=acme"],
      ["GET", "/api/esc/environments/acme"],
      ["GET", "/api/esc/environments/acme/shop/base"],
      ["GET", "/api/esc/environments/acme/shop/base/decrypt"],
      ["POST", "/api/esc/environments/acme/yaml/open"],
      ["POST", "/api/esc/environments/acme/shop/base/clone"],
      ["GET", "/api/orgs/acme/teams"],
      ["GET", "/api/orgs/acme/tokens"],
      ["GET", "/api/change-gates/acme"],
      ["POST", "/api/change-requests/acme/one/submit"],
      ["GET", "/api/preview/insights/acme/accounts"],
      ["POST", "/api/user/organizations/acme/default"],
      ["GET", "/api/stacks/%zz/shop/dev"],
    ] as const) {
      const body = method === "GET" || method === "HEAD" ? undefined : {};
      const { status, text } = await service.call(method, path, body, as);
      assert.equal(status, 404, `${method} ${path} ${text}`);
    }
    assert.equal((await service.call("GET", "/api/change-gates/ann", undefined, as)).status, 501);
    // What belongs to the user, and not to an organization.
    for (const path of ["/api/user/tokens", "/api/orgs/ann/tokens", "/api/nothing"]) {
      assert.equal((await service.call("GET", path, undefined, as)).status, 403, path);
    }
    assert.equal((await service.call("POST", "/api/orgs/ann/tokens", { name: "x" }, as)).status, 403);
  });

  it("gives a token's name once in an organization: to a team's, with a slash, and after its deletion", async () => {
    const tokens = "/api/orgs/acme/tokens";
    const ofTeam = "/api/orgs/acme/teams/named/tokens";
    await service.call("POST", "/api/orgs/acme/teams/pulumi", { name: "named" });
    const status = async (path: string, name: string) => (await service.call("POST", path, { name })).status;
    const { id, as } = await make(tokens, { name: "ci/deploy" });
    const user = await service.call("GET", "/api/user", undefined, as);
    assert.deepEqual(user.body.tokenInfo, { name: "ci/deploy", organization: "acme" });
    assert.equal(await status(ofTeam, "ci/deploy"), 409);
    assert.equal((await service.call("DELETE", `${tokens}/${id}`)).status, 204);
    for (const path of [tokens, ofTeam]) assert.equal(await status(path, "ci/deploy"), 409, path);
    assert.equal(await status("/api/orgs/ann/tokens", "ci/deploy"), 200);
    await make(ofTeam, { name: "a team's" });
    assert.equal((await service.call("DELETE", "/api/orgs/acme/teams/named")).status, 204);
    assert.equal(await status(tokens, "a team's"), 409);
    for (const [name, expected] of [
      ["é".repeat(40), 200],
      ["n".repeat(41), 400],
      ["", 400],
      ["two\nlines", 400],
    ] as const)
      assert.equal(await status("/api/orgs/ann/tokens", name), expected, name);
  });

  it("makes an organization's tokens by names that are taken once", async () => {
    const { id } = await make("/api/orgs/acme/tokens", { name: "deploy", admin: true });
    assert.equal((await service.call("POST", "/api/orgs/acme/tokens", { name: "deploy" })).status, 409);
    assert.equal((await service.call("POST", "/api/orgs/acme/tokens", {})).status, 400);
    const roles = await service.call("POST", "/api/orgs/acme/tokens", { name: "r", roleID: "x" });
    assert.deepEqual([roles.status, /not in the sandbox/.test(String(roles.body.message))], [501, true]);
    const listed = (await service.call("GET", "/api/orgs/acme/tokens")).body.tokens as Record<
      string,
      unknown
    >[];
    assert.deepEqual(
      listed.map((token) => [token.id, token.name, token.admin, token.type]),
      [[id, "deploy", true, "organization"]],
    );
    assert.equal((await service.call("DELETE", `/api/orgs/ann/tokens/${id}`)).status, 404);
    assert.equal((await service.call("DELETE", `/api/orgs/acme/tokens/${id}`)).status, 204);
    assert.equal((await service.call("GET", "/api/orgs/nowhere/tokens")).status, 404);
  });

  it("keeps teams as the provider makes and reads them", async () => {
    const team = "/api/orgs/acme/teams/ops";
    const wanted = {
      organization: "acme",
      teamType: "pulumi",
      name: "ops",
      displayName: "Ops",
      description: "d",
    };
    const made = await service.call("POST", "/api/orgs/acme/teams/pulumi", wanted);
    assert.deepEqual([made.status, made.body.kind, made.body.name], [201, "pulumi", "ops"]);
    assert.equal((await service.call("POST", "/api/orgs/acme/teams/pulumi", wanted)).status, 409);
    const change = async (body: object) => (await service.call("PATCH", team, body)).status;
    assert.equal(await change({ newDisplayName: "Operations", newDescription: "more" }), 204);
    const members = async () =>
      ((await service.call("GET", team)).body.members as { githubLogin: string; role: string }[]).map(
        (one) => `${one.githubLogin}: ${one.role}`,
      );
    // Who makes a team is in it.
    assert.deepEqual(await members(), ["ann: admin"]);
    assert.equal(await change({ memberAction: "add", member: "ann" }), 409);
    assert.equal(await change({ memberAction: "remove", member: "ann" }), 204);
    assert.deepEqual(await members(), []);
    assert.equal(await change({ memberAction: "add", member: "ann" }), 204);
    assert.deepEqual(await members(), ["ann: member"]);
    assert.equal(await change({ memberAction: "add", member: "bob" }), 404);
    const onStack = { projectName: "shop", stackName: "dev", permission: 101 };
    const onEnvironment = {
      projectName: "shop",
      envName: "base",
      permission: "open",
      maxOpenDuration: "1h0m0s",
    };
    assert.equal(await change({ addStackPermission: onStack }), 204);
    assert.equal(await change({ addEnvironmentPermission: onEnvironment }), 204);
    assert.equal(await change({ addStackPermission: { ...onStack, stackName: "none" } }), 404);
    assert.equal(await change({ addEnvironmentPermission: { ...onEnvironment, permission: "all" } }), 400);
    for (const maxOpenDuration of ["soon", "1", "", "1h ", 3_600_000_000_000]) {
      const wrong = { ...onEnvironment, maxOpenDuration };
      assert.equal(await change({ editEnvironmentPermission: wrong }), 400, String(maxOpenDuration));
    }
    const { body } = await service.call("GET", team);
    assert.deepEqual(
      [body.displayName, body.description, body.stacks, body.environments],
      ["Operations", "more", [onStack], [onEnvironment]],
    );
    const listed = await service.call("GET", "/api/orgs/acme/members");
    assert.deepEqual((listed.body.members as { teams: string[] }[])[0]?.teams, ["ops"]);
    assert.equal((await service.call("POST", "/api/orgs/acme/members/bob", {})).status, 501);
    const { as } = await make("/api/orgs/acme/tokens", { name: "maker" });
    const byToken = await service.call("POST", "/api/orgs/acme/teams/pulumi", { name: "made" }, as);
    assert.deepEqual([byToken.status, byToken.body.members], [201, []]);
  });

  it("lets a team's token do what the team was given, and no more", async () => {
    const { as } = await make("/api/orgs/acme/teams/ops/tokens", { name: "t" });
    const status = async (method: string, path: string, body?: unknown) =>
      (await service.call(method, path, body, as)).status;
    const base = "/api/esc/environments/acme/shop/base";
    assert.deepEqual(stacksOf(await service.call("GET", "/api/user/stacks", undefined, as)), ["acme/dev"]);
    assert.equal(await status("GET", STACK), 200);
    assert.equal(await status("PATCH", `${STACK}/tags`, {}), 403);
    assert.equal(await status("GET", "/api/stacks/acme/shop/other"), 404);
    assert.equal(await status("GET", base), 200);
    assert.equal(await status("POST", `${base}/open?duration=1h`), 200);
    assert.equal(await status("PATCH", base, "values: {}"), 403);
    assert.equal(await status("GET", "/api/esc/environments/acme/shop/more"), 404);
    assert.equal(await status("POST", "/api/esc/environments/acme/yaml/open", "imports: [shop/more]"), 403);
    assert.equal(await status("POST", "/api/stacks/acme/shop", { stackName: "new" }), 403);
    assert.equal(await status("GET", "/api/orgs/acme/teams"), 403);
    const team = "/api/orgs/acme/teams/ops";
    const onStack = { projectName: "shop", stackName: "dev", permission: 102 };
    assert.equal((await service.call("PATCH", team, { editStackPermission: onStack })).status, 204);
    assert.equal(await status("PATCH", `${STACK}/tags`, {}), 204);
    assert.equal(await status("DELETE", STACK), 403);
    const { permission: _, ...stack } = onStack;
    assert.equal((await service.call("PATCH", team, { removeStack: stack })).status, 204);
    assert.equal(await status("GET", STACK), 404);
    assert.equal((await service.call("DELETE", team)).status, 204);
    assert.equal(await status("GET", "/api/user"), 401);
    assert.equal((await service.call("GET", team)).status, 404);
  });
});
