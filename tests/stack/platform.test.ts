import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { type HostedStack, hostStack } from "../../packages/worker-secrets/src/cli/engine/stack-host.ts";
import type { Fault } from "../../packages/worker-secrets/src/faults.ts";
import { parsePlatform } from "../../packages/worker-secrets/src/program/platform-config.ts";
import { enginePath, openWorld, type World } from "../helpers/world.ts";

const CONFIG = {
  tags: { owner: "payments" },
  stacks: {
    dev: { teams: { developers: "write" } },
    prod: {
      protect: true,
      tags: { tier: "production" },
      rotate: "0 3 1 * *",
      teams: { developers: { secrets: "read" }, operations: "open" },
    },
    platform: { protect: true },
  },
};

describe("the platform stack: metadata of the value Environments as code", function () {
  this.timeout(120_000);
  let world: World;
  const project = "shop";
  const hosts: HostedStack[] = [];
  const call = async (method: string, path: string, body?: unknown) => {
    const { url, token } = world.sandbox.description.pulumi;
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `token ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
    return (await answer.json()) as Record<string, unknown>;
  };
  const organization = () => world.sandbox.description.pulumi.organization;
  const of = (name: string) => `/api/esc/environments/${organization()}/${project}/${name}`;
  const isProtected = async (name: string) =>
    (await call("GET", `${of(name)}/settings`)).deletionProtected === true;
  const tagsOf = async (name: string) => {
    const { tags } = (await call("GET", `${of(name)}/tags`)) as { tags: Record<string, { value: string }> };
    return Object.fromEntries(Object.entries(tags).map(([tag, { value }]) => [tag, value]));
  };
  const schedulesOf = async (name: string) => {
    const { schedules } = (await call("GET", `${of(name)}/schedules`)) as {
      schedules: { scheduleCron: string }[];
    };
    return schedules.map(({ scheduleCron }) => scheduleCron);
  };
  const grantsOf = async (team: string) => {
    const { environments = [] } = (await call("GET", `/api/orgs/${organization()}/teams/${team}`)) as {
      environments?: { envName: string; permission: string }[];
    };
    return environments.map(({ envName, permission }) => `${envName}: ${permission}`).sort();
  };
  const host = async (platform: unknown): Promise<HostedStack> => {
    const root = join(world.folder, project);
    writeFileSync(
      join(root, "Pulumi.platform.yaml"),
      stringify({ config: { "worker-secrets:platform": platform } }),
    );
    const base = { project, stack: "platform", organization: organization(), root, engine: enginePath() };
    const hosted = await hostStack({ ...base, env: world.env });
    hosts.push(hosted);
    return hosted;
  };

  before(async () => {
    world = await openWorld();
    await world.stack({ project });
    for (const name of ["developers", "operations"])
      await call("POST", `/api/orgs/${organization()}/teams/pulumi`, {
        organization: organization(),
        teamType: "pulumi",
        name,
        displayName: name,
        description: "",
      });
  });
  after(async () => {
    for (const one of hosts) await one.close();
    await world?.close();
  });

  it("names every Environment that is not there, before it declares anything", async () => {
    await assert.rejects((await host(CONFIG)).preview(), (error: Error) => {
      for (const name of ["prod-secrets", "prod-cloudflare", "platform-cloudflare"])
        assert.match(error.message, new RegExp(`Environment shop/${name}: it is not there`));
      assert.doesNotMatch(error.message, /shop\/dev-|platform-secrets/);
      assert.match(error.message, /worker-secrets init prod/);
      assert.match(error.message, /pulumi env init shop\/platform-cloudflare/);
      return true;
    });
    for (const name of ["prod-secrets", "prod-cloudflare", "platform-cloudflare"])
      await world.client.createEnvironment(`${project}/${name}`);
  });

  it("declares protection, tags, schedules and teams' permissions, and then nothing is left to do", async () => {
    const platform = await host(CONFIG);
    await platform.up();
    for (const name of [
      "dev-secrets",
      "dev-cloudflare",
      "prod-secrets",
      "prod-cloudflare",
      "platform-cloudflare",
    ])
      assert.equal(await isProtected(name), !name.startsWith("dev"), name);
    const mark = "sandbox/shop/dev";
    assert.deepEqual(await tagsOf("dev-secrets"), { owner: "payments", "worker-secrets-stack": mark });
    assert.deepEqual(await tagsOf("prod-cloudflare"), { owner: "payments", tier: "production" });
    assert.deepEqual(await schedulesOf("prod-secrets"), ["0 3 1 * *"]);
    assert.deepEqual(await schedulesOf("prod-cloudflare"), []);
    assert.deepEqual(await grantsOf("developers"), [
      "dev-cloudflare: write",
      "dev-secrets: write",
      "prod-secrets: read",
    ]);
    assert.deepEqual(await grantsOf("operations"), ["prod-cloudflare: open", "prod-secrets: open"]);
    const { changes } = await platform.preview();
    assert.deepEqual(Object.keys(changes), ["same"]);
  });

  it("changes each of them in one up, and takes back what is no longer there", async () => {
    const { dev, prod } = CONFIG.stacks;
    const platform = await host({
      tags: { owner: "checkout" },
      stacks: { dev, prod: { ...prod, protect: false, rotate: "0 4 1 * *", teams: { developers: "read" } } },
    });
    await platform.up();
    assert.equal(await isProtected("prod-secrets"), false);
    assert.deepEqual(await tagsOf("prod-secrets"), { owner: "checkout", tier: "production" });
    assert.deepEqual(await schedulesOf("prod-secrets"), ["0 4 1 * *"]);
    assert.deepEqual(await grantsOf("operations"), []);
    assert.deepEqual((await grantsOf("developers")).slice(2), [
      "prod-cloudflare: read",
      "prod-secrets: read",
    ]);
    const { changes } = await platform.preview();
    assert.deepEqual(Object.keys(changes), ["same"]);
    await platform.destroy();
    assert.deepEqual(await tagsOf("prod-secrets"), {});
    assert.deepEqual(await grantsOf("developers"), []);
    assert.ok(await world.client.environment(`${project}/prod-secrets`), "an Environment went with it");
  });
});

describe("the config key 'platform'", () => {
  const faults = (config: unknown): string => {
    const found: Fault[] = [];
    parsePlatform(
      typeof config === "string" ? config : JSON.stringify(config),
      "Pulumi.platform.yaml",
      found,
    );
    return found.map(({ what }) => what).join("\n");
  };
  it("takes one permission or one for each Environment, and the tags of all", () => {
    const found: Fault[] = [];
    const [dev, prod] = parsePlatform(JSON.stringify(CONFIG), "", found);
    assert.deepEqual(found, []);
    assert.deepEqual(dev?.teams.get("developers"), { secrets: "write", cloudflare: "write" });
    assert.deepEqual(prod?.teams.get("developers"), { secrets: "read" });
    assert.deepEqual(
      [...(prod?.tags ?? [])],
      [
        ["owner", "payments"],
        ["tier", "production"],
      ],
    );
  });
  it("names every fault by its place, all at once", () => {
    const text = faults({
      stacks: {
        dev: { protect: "yes", teams: { ops: "owner" }, rotate: "daily" },
        prod: { tag: {} },
      },
    });
    assert.match(text, /'platform\.stacks\.dev\.protect' must be true or false/);
    assert.match(text, /'platform\.stacks\.dev\.teams\.ops' must be read, open, write or admin/);
    assert.match(text, /'platform\.stacks\.dev\.rotate' must be a cron expression/);
    assert.match(text, /'platform\.stacks\.prod\.tag' is not known/);
    assert.match(faults({ tags: {} }), /'platform\.stacks' is missing/);
    assert.match(faults("all"), /'platform' must be an object/);
    assert.match(faults({ stacks: { "../x": {} } }), /is no stack's name/);
  });
});
