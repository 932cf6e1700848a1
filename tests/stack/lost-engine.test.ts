import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { ComponentResource } from "@pulumi/pulumi";
import { type HostedStack, hostStack } from "../../packages/worker-secrets/src/cli/engine/stack-host.ts";
import { enginePath, openWorld, type World } from "../helpers/world.ts";

const PROJECT_NAME = "lost-engine";
const sdk = createRequire(import.meta.url);
/** What the SDK keeps of the running program; it has no types. */
const { getStore }: { getStore(): { settings: { monitor: unknown; options: { monitorAddr: string } } } } =
  sdk("@pulumi/pulumi/runtime/state.js");
/** Where it begins a run. */
const sdkSettings: { resetOptions(...given: unknown[]): void } = sdk("@pulumi/pulumi/runtime/settings.js");
/** From now on, the program's calls to the engine find nobody. The engine is still there. */
function loseEngine(): void {
  const { settings } = getStore();
  settings.options.monitorAddr = "127.0.0.1:9";
  settings.monitor = undefined;
}

/** Has `change` made before the first line of each program that `work` runs. */
async function atEachStart(change: () => void, work: () => Promise<void>): Promise<void> {
  const { resetOptions } = sdkSettings;
  sdkSettings.resetOptions = (...given) => {
    resetOptions(...given);
    change();
  };
  try {
    await work();
  } finally {
    sdkSettings.resetOptions = resetOptions;
  }
}

/** An address that hangs up on its callers; once it is open, it leads them to the engine. */
async function openDoor() {
  let engineAt: string | undefined;
  const server = createServer((caller) => {
    if (engineAt === undefined) return caller.destroy();
    const [host, port] = engineAt.split(":");
    const engine = connect(Number(port), host);
    pipeline(caller, engine, caller, () => undefined);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: (engine: string) => {
      engineAt = engine;
    },
    close: () => server.close(),
  };
}

describe("a program in this process that loses its engine", () => {
  let world: World;
  let host: HostedStack;
  let program: () => void | Promise<void> = () => undefined;
  before(async () => {
    world = await openWorld();
    const root = join(world.folder, PROJECT_NAME);
    mkdirSync(root);
    writeFileSync(join(root, "Pulumi.yaml"), `name: ${PROJECT_NAME}\nruntime: nodejs\n`);
    writeFileSync(join(root, "Pulumi.dev.yaml"), "config: {}\n");
    const { organization } = world.sandbox.description.pulumi;
    host = await hostStack({
      project: PROJECT_NAME,
      stack: "dev",
      organization,
      root,
      engine: enginePath(),
      env: world.env,
      program: async () => {
        await program();
        return {};
      },
    });
  });
  after(async () => {
    await host?.close();
    await world?.close();
  });

  const both = () => {
    for (const name of ["first", "second"]) new ComponentResource("test:index:Thing", name);
  };
  const registered = async () => JSON.stringify(await world.client.exportStack(PROJECT_NAME, "dev"));
  const refused = async (broken: typeof program) => {
    program = broken;
    const before = await registered();
    for (const operation of [() => host.preview(), () => host.up()])
      await assert.rejects(operation(), /lost its connection to the engine and did not come to its end/);
    assert.deepEqual(resources(await registered()), resources(before));
  };
  const resources = (state: string) => state.match(/test:index:Thing::\w+/g)?.sort();

  it("has not come to its end, however far it was: the engine deletes nothing that it didn't get to", async () => {
    program = both;
    await host.up();
    assert.equal(new Set(resources(await registered())).size, 2);
    // Before its first resource, and between two of them.
    await refused(() => {
      throw Object.assign(new Error("14 UNAVAILABLE: Connection dropped"), { code: 14 });
    });
    await refused(() => {
      new ComponentResource("test:index:Thing", "first");
      loseEngine();
      new ComponentResource("test:index:Thing", "second");
    });
  });

  it("has not come to its end where it lost it before its first line", async () => {
    await atEachStart(loseEngine, () => refused(() => assert.fail("it ran")));
  });

  it("reaches an engine at an address where another one was lost before", async () => {
    const door = await openDoor();
    let times = 0;
    const throughDoor = () => {
      const { options } = getStore().settings;
      // gRPC tries the lost one again and again, so it must not be there before the new engine's program is.
      if (++times > 1) door.leadTo(options.monitorAddr);
      options.monitorAddr = door.address;
    };
    program = both;
    try {
      await atEachStart(throughDoor, async () => {
        await assert.rejects(host.preview(), /lost its connection to the engine/);
        assert.deepEqual((await host.preview()).changes, { same: 3 });
      });
    } finally {
      door.close();
    }
  });

  it("goes on where it was when it is run again", async () => {
    program = both;
    const { changes } = await host.up();
    assert.deepEqual(changes, { same: 3 });
  });
});
