import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { FaultKind } from "../../packages/sandbox/src/http/fault-plan.ts";
import { scriptNames } from "../../packages/worker-secrets/src/api/cloudflare-token.ts";
import { environmentsOf } from "../../packages/worker-secrets/src/api/pulumi-catalog.ts";
import { environmentNames } from "../../packages/worker-secrets/src/program/names.ts";
import { lines } from "../../packages/worker-secrets/tests/commands/ws-project.ts";
import type { Ended } from "../helpers/process.ts";
import { CANARY, type FaultWorld, PROJECT_NAME } from "./fault-world.ts";
import { place, type SeenCall } from "./placement.ts";

export const COMMANDS = ["init", "up", "rotate", "promote", "teardown"] as const;
export type Command = (typeof COMMANDS)[number];

/** What the calls of each command were, in a life without faults. */
export type Seen = Readonly<Record<Command, readonly SeenCall[]>>;

/** The stack of the life without faults. */
const WHOLE = "whole";

/** Every call, as it is: to note them. */
const NOTE = { rules: [{ fault: { kind: "latency", milliseconds: 0 }, path: "/**" }] } as const;

/** One stack (and one that it is promoted to) from `init` to `teardown`, command by command. */
async function live(
  fault: FaultWorld,
  stack: string,
  run: (command: Command, once: () => Promise<Ended>) => Promise<void>,
): Promise<void> {
  const { world, ws } = fault;
  const value = () => `${CANARY}${randomUUID()}`;
  const init = (name: string) => {
    fault.declare(name);
    const { accountId, token } = world.sandbox.description.cloudflare;
    const account = { CLOUDFLARE_ACCOUNT_ID: accountId, CLOUDFLARE_API_TOKEN: token };
    const input = lines({ ...account, API_KEY: value(), TOP_SECRET: value() });
    return () => ws(["init", name, "--values", "-"], input);
  };
  const nothingToDo = async (name: string) =>
    assert.deepEqual(await fault.preview(name), ["same"], `the preview of ${name}`);

  await run("init", init(stack));
  await run("up", () => fault.startUp(stack).ended);
  await nothingToDo(stack);

  const rotated = value();
  await run("rotate", () => ws(["rotate", "TOP_SECRET", "--value", "-", "--stack", stack], rotated));
  await nothingToDo(stack);
  const { environmentVariables } = await world.client.openEnvironment(`${PROJECT_NAME}/${stack}-secrets`);
  assert.equal(Object(environmentVariables).TOP_SECRET, rotated);

  const target = `${stack}-prod`;
  succeeded(await init(target)());
  await run("promote", () => ws(["promote", stack, target, "--yes"]));
  await nothingToDo(target);

  await run("teardown", () => ws(["teardown", "--yes", stack, "--stack", stack]));
  const { cloudflare, pulumi } = world.sandbox.description;
  assert.deepEqual(
    (await scriptNames(cloudflare.url, cloudflare.accountId, cloudflare.token)).filter((name) =>
      name.endsWith(`-${stack}`),
    ),
    [],
  );
  const gone = Object.values(environmentNames(PROJECT_NAME, stack));
  const left = await environmentsOf(pulumi, pulumi.organization, PROJECT_NAME);
  assert.deepEqual(
    left.filter((name) => gone.includes(name)),
    [],
  );
  assert.equal(await world.client.stackExists(PROJECT_NAME, stack), false);
}

/** The life without faults. */
export async function wholeLife(fault: FaultWorld): Promise<Seen> {
  const { sandbox } = fault.world;
  const seen = new Map<Command, readonly SeenCall[]>();
  await live(fault, WHOLE, async (command, once) => {
    sandbox.injectFaults(NOTE);
    succeeded(await once());
    seen.set(
      command,
      sandbox.faultsMet().map(({ method, path }) => `${method} ${path}`),
    );
    sandbox.injectFaults(undefined);
  });
  const of = (command: Command) => seen.get(command) ?? [];
  return {
    init: of("init"),
    up: of("up"),
    rotate: of("rotate"),
    promote: of("promote"),
    teardown: of("teardown"),
  };
}

/** A life in which every command meets a fault of this kind, and is repeated without one where it failed. */
export async function faultyLife(
  fault: FaultWorld,
  stack: string,
  kind: FaultKind,
  seen: Seen,
  seed: number,
  turn: number,
): Promise<void> {
  const { sandbox } = fault.world;
  await live(fault, stack, async (command, once) => {
    const plan = place(kind, seen[command], WHOLE, seed, command, turn);
    sandbox.injectFaults(plan);
    const ended = await once();
    const met = sandbox.faultsMet().length;
    sandbox.injectFaults(undefined);
    const shown = `${command} under ${plan.says} (met ${met} times)`;
    if (process.env.FAULT_LOG) console.log(`      ${shown}: ${ended.code}`);
    if (ended.code !== 0) clearFailure(ended, shown);
    quiet(ended, shown);
    if (ended.code === 0) return;
    const repeated = await once();
    if (repeated.code === 0) return;
    // The engine broke off without freeing the stack; then the repeat says how that is done.
    const advice = /pulumi cancel (\S+),/.exec(repeated.stderr)?.[1];
    assert.ok(advice !== undefined, `${shown}\n${ended.stderr}\nthe repeat:\n${repeated.stderr}`);
    await fault.cancel(stackOf(advice));
    succeeded(await once(), `${command}, repeated after ${shown}, which had said:\n${ended.stderr}`);
  });
}

function stackOf(fullName: string): string {
  return fullName.split("/").at(-1) ?? "";
}

/** One message in words, exit code 1, and nothing of the code's inside. */
function clearFailure(ended: Ended, shown: string): void {
  const text = ended.stdout + ended.stderr;
  assert.equal(ended.code, 1, `${shown}\n${text}`);
  assert.doesNotMatch(
    text,
    /^ {2,}at .*(:\d+:\d+|\))\s*$|node:internal|ValiError|\[object Object\]/m,
    `${shown}\n${text}`,
  );
  const message = ended.stderr.trimEnd().split("\n").slice(-3).join("\n");
  assert.match(message, /[a-z]{3,}.* .*[a-z]{3,}/i, `${shown}: no message\n${text}`);
}

function quiet({ stdout, stderr }: Ended, shown: string): void {
  assert.ok(!(stdout + stderr).includes(CANARY), `${shown}: it printed a value`);
}

function succeeded(ended: Ended, shown = ""): void {
  assert.equal(ended.code, 0, `${shown}\n${ended.stdout}${ended.stderr}`);
}
