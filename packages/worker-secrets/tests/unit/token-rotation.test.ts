import assert from "node:assert/strict";
import { verifyToken } from "../../src/api/cloudflare-token.ts";
import { accountTokens } from "../../src/api/cloudflare-tokens.ts";
import { bearer, type Credential } from "../../src/api/credential.ts";
import { type Effect, EffectJournal, withJournal } from "../../src/api/effects.ts";
import { pulumiClient } from "../../src/api/pulumi.ts";
import { checkToken, ownTokens } from "../../src/cli/commands/rotate/token.ts";
import { type Rotated, rotateToken } from "../../src/cli/commands/rotate/token-rotation.ts";
import { editEnvironment } from "../../src/cli/project/init-environments.ts";
import { neededPermissions } from "../../src/cli/project/token-permissions.ts";
import { claimed, decideStep, tokenPrefix } from "../../src/cli/project/token-record.ts";
import { valueTree } from "../../src/program/values.ts";
import { type CallFault, FAULTS, type Failing, TokenClouds } from "./token-clouds.ts";

const STACK = { organization: "o", project: "p", stack: "dev" };
const ever = Number.POSITIVE_INFINITY;
const BASE = "http://127.0.0.1:9/";

interface Ended {
  readonly rotated?: Rotated;
  readonly error?: unknown;
  readonly effects: readonly Effect[];
}

describe("two rotations of one token", () => {
  const worlds = new Map<string, TokenClouds>();
  const real = globalThis.fetch;
  before(() => {
    globalThis.fetch = (input, init = {}) => {
      const { pathname, search } = new URL(String(input));
      const [, world = "", run = "", ...path] = pathname.split("/");
      const headers = new Headers(init.headers);
      // The token that is verified is part of what is asked for.
      const token = /verify$/.test(pathname) ? `#${headers.get("authorization")?.split(" ")[1]}` : "";
      const clouds = worlds.get(world);
      if (clouds === undefined) return Promise.reject(new Error(`no world ${world}`));
      const asked = `/${path.join("/")}${search}${token}`;
      return clouds.fetch(run, init.method ?? "GET", asked, headers.get("etag"), String(init.body ?? ""));
    };
  });
  after(() => {
    globalThis.fetch = real;
  });

  const open = (phases: ConstructorParameters<typeof TokenClouds>[0], failing?: Failing) => {
    const world = `w${worlds.size}`;
    const clouds = new TokenClouds(phases, failing);
    worlds.set(world, clouds);
    return { world, clouds };
  };

  /** A run of `ws rotate --token`, from where its stack is known. */
  const rotate = async (
    world: string,
    run: string,
    given?: string,
    refuseWhileRunning: () => Promise<void> = async () => undefined,
  ): Promise<Ended> => {
    const url = `${BASE}${world}/${run}`;
    const client = pulumiClient(url, "sandbox-login", "o");
    const permissions = neededPermissions([]);
    const journal = new EffectJournal();
    const environment = "p/dev-cloudflare";
    const platform = accountTokens(url, "a", "sandbox-platform");
    const calls = {
      environment,
      edit: (change: Parameters<typeof editEnvironment>[2]) => editEnvironment(client, environment, change),
      held: async () => {
        const { shared } = valueTree(await client.openEnvironment(environment));
        return { accountId: "a", token: bearer(String(shared.CLOUDFLARE_API_TOKEN)) };
      },
      facts: (token: Credential) => verifyToken(url, "a", token),
      check: (token: Credential) => checkToken(url, "a", token, permissions),
      refuseWhileRunning,
      platform:
        given === undefined
          ? ownTokens({ context: STACK }, platform, new Date("2027-01-01"), permissions, () => undefined)
          : undefined,
    };
    const ended = await withJournal(journal, () =>
      rotateToken(calls, given === undefined ? undefined : bearer(given), new AbortController().signal).then(
        (rotated) => ({ rotated }),
        (error: unknown) => ({ error }),
      ),
    );
    worlds.get(world)?.end(run);
    return { ...ended, effects: journal.effects() };
  };

  /** Runs two at once, then one more, and judges what there is and what they said. */
  const play = async (i: number, j: number, kinds: readonly ("platform" | "given")[], failing?: Failing) => {
    const { world, clouds } = open(
      [
        { run: "a", calls: i },
        { run: "b", calls: j },
        { run: "a", calls: ever },
        { run: "b", calls: ever },
      ],
      failing,
    );
    const [a, b] = await Promise.all(
      ["a", "b"].map((run, index) =>
        rotate(world, run, kinds[index] === "given" ? clouds.given(run) : undefined),
      ),
    );
    assert.ok(a !== undefined && b !== undefined);
    clouds.flush();
    const repeat = await rotate(world, "c");
    clouds.flush();
    const found = [...clouds.broken];
    if (repeat.rotated === undefined) found.push(`the repeat failed: ${repeat.error}`);
    if (clouds.note !== undefined) found.push("the note is left");
    const unused = clouds.tokens.filter(
      ({ alive, name, id }) => alive && name.startsWith(tokenPrefix(STACK)) && id !== clouds.stored?.id,
    );
    if (unused.length > 0) found.push(`unused: ${unused.map(({ id, by }) => `${id} of ${by}`)}`);
    for (const [run, ended] of [
      ["a", a],
      ["b", b],
      ["c", repeat],
    ] as const)
      found.push(...untrue(clouds, run, ended).map((what) => `${run}: ${what}`));
    worlds.delete(world);
    const label = `${kinds.join()} ${i},${j} ${failing === undefined ? "" : `${failing.run} ${failing.at} ${failing.fault}`}`;
    return { found: found.map((what) => `${label}: ${what}`), a, b, clouds };
  };

  const untrue = (clouds: TokenClouds, run: string, { rotated, effects }: Ended): string[] => {
    const own = clouds.tokens.filter(({ by }) => by === run);
    const wasStored = own.some(({ id }) => clouds.held.has(id));
    const saysStored = effects.some(
      (one) => one.kind === "stored" && one.names.includes("CLOUDFLARE_API_TOKEN"),
    );
    const saysUnknown = effects.some((one) => one.kind === "unknown" && one.place.startsWith("Environment"));
    const dead = (id: string) => clouds.tokens.some((one) => one.id === id && !one.alive);
    const removed = effects.flatMap((one) =>
      one.kind === "removed" ? (/id (\w+)$/.exec(one.what)?.[1] ?? []) : [],
    );
    return [
      ...(own.length > 0 && wasStored && !saysStored && !saysUnknown
        ? ["it has stored, and does not say so"]
        : []),
      ...(own.length > 0 && !wasStored && saysStored ? ["it says stored, and has not"] : []),
      ...(rotated?.step === "replace" && own.length > 0 && !wasStored ? ["it says done, and is not"] : []),
      ...[...removed, ...(rotated?.ended ?? [])]
        .filter((id) => !dead(id))
        .map((id) => `${id} is said to have ended`),
    ];
  };

  /** How many calls an undisturbed run makes. */
  const length = async (given: boolean): Promise<number> => {
    const { world, clouds } = open([]);
    const { error } = await rotate(world, "a", given ? clouds.given("a") : undefined);
    assert.equal(error, undefined);
    return clouds.calls.get("a") ?? 0;
  };

  for (const [kinds, least] of [
    [["platform", "platform"], 600],
    [["platform", "given"], 100],
    [["given", "platform"], 100],
  ] as const)
    it(`never leave a dead one, say what is so, and converge, at every pair of calls: ${kinds.join(" and ")}`, async function () {
      this.timeout(180_000);
      const calls = await Promise.all(kinds.map((kind) => length(kind === "given")));
      const seeds = seeded(20_261_201);
      const plays: ReturnType<typeof play>[] = [];
      for (let i = 0; i <= (calls[0] ?? 0); i++)
        for (let j = 0; j <= (calls[1] ?? 0); j++) {
          if (kinds[0] === kinds[1]) plays.push(play(i, j, kinds));
          // With both, every other pair is enough for the faults.
          else if ((i + j) % 2 === 1) continue;
          const [run, at] = seeds(2) === 0 ? (["a", i + 1] as const) : (["b", j + 1] as const);
          plays.push(play(i, j, kinds, { run, at, fault: FAULTS[seeds(FAULTS.length)] as CallFault }));
        }
      // Each fault at each call of a run that nobody disturbs any more.
      for (let at = 1; at <= (calls[0] ?? 0); at++)
        for (const fault of FAULTS) plays.push(play(0, ever, kinds, { run: "a", at, fault }));
      const played = await Promise.all(plays);
      assert.ok(played.length > least, `only ${played.length} interleavings`);
      const found = played.flatMap((one) => one.found);
      assert.deepEqual(found.slice(0, 12), [], `${found.length} findings`);
      // Else nothing of a conflict was tried.
      assert.ok(played.some(({ a, b }) => a.error !== undefined || b.error !== undefined));
      assert.ok(played.some(({ clouds }) => clouds.held.size > 2));
    });

  it("repair a dead one, and refuse one that is being ended", async () => {
    const { world, clouds } = open([]);
    const first = clouds.stored;
    assert.ok(first !== undefined);
    first.alive = false;
    const { rotated } = await rotate(world, "a");
    assert.equal(rotated?.step, "replace");
    assert.equal(clouds.stored?.by, "a");
    assert.equal(clouds.stored?.alive, true);
    // A run that was killed before it could end the token that it had replaced.
    const next = open([]);
    const old = next.clouds.stored?.value ?? "";
    const { error } = await rotate(next.world, "a", next.clouds.given("a"), async () => {
      throw new Error("killed");
    });
    assert.match(String(error), /killed/);
    assert.match(
      String((await rotate(next.world, "b", old)).error),
      /a rotation has replaced it, and is ending it/,
    );
    assert.equal(next.clouds.stored?.by, "a");
  });

  it("decide by the note and the stored token's id", () => {
    const note = { run: "x", stored: "t1", ending: [{ id: "t0", kind: "account" }] } as const;
    assert.equal(decideStep(note, "t1", undefined), "finish");
    // Somebody has stored another one since, and it is not passed off as the rotation's.
    assert.equal(decideStep(note, "t2", undefined), "replace");
    assert.equal(decideStep(note, undefined, undefined), "replace");
    assert.equal(decideStep(undefined, "t1", "same"), "nothing");
    assert.equal(decideStep(note, "t1", "same"), "finish");
    assert.equal(decideStep(note, "t1", "other"), "replace");
    assert.deepEqual(claimed("y", note, "t1", ["t1", "t5"]), {
      run: "y",
      stored: "t1",
      ending: [...note.ending, { id: "t5", kind: "account" }],
    });
    // What is stored can't be told from the rest, so nothing more is ended.
    assert.deepEqual(claimed("y", undefined, undefined, ["t5"]), { run: "y", stored: undefined, ending: [] });
    assert.deepEqual(claimed("y", note, "t0", []).ending, []);
  });
});

/** A sequence that is the same in every run: numbers below `below`. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
