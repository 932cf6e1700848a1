import assert from "node:assert/strict";
import { join } from "node:path";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { Random, runsFrom, seedFrom } from "../../../esc/tests/differential/random.ts";
import { type Places, TARGETS } from "./corpus.ts";
import { Victim } from "./sandbox-process.ts";

/** After so many cases new updates begin: a lease ends, and a journal that only grows gets slow to read. */
const CASES_PER_UPDATE = 100;

/**
 * Damaged requests against the sandbox's own process, its parsers in turn, for FUZZ_SECONDS. Every case follows from its
 * number alone: `FUZZ_SEED=N FUZZ_RUNS=1 npm test -- fuzz` sends one again. More: `FUZZ_SECONDS=3600 npm test -- fuzz`.
 */
describe("the sandbox's parsers against damaged requests", function () {
  const seconds = runsFrom("FUZZ_SECONDS", 15);
  const runs = runsFrom("FUZZ_RUNS", Number.POSITIVE_INFINITY);
  const seed = seedFrom("FUZZ_SEED");
  this.timeout((seconds + 240) * 1000);
  const folder = tempFolder();
  let victim: Victim;
  before(async () => {
    victim = await Victim.start(join(folder, "data"));
  });
  after(() => victim?.stop());

  it(`${seconds} s: no crash, no hang, bounded memory (FUZZ_SEED=${seed})`, async () => {
    const end = Date.now() + seconds * 1000;
    const counts: Record<string, number> = {};
    const statuses: Record<string, number> = {};
    const kinds = Object.keys(TARGETS);
    let cases = 0;
    let sent = 0;
    const failures = new Map<string, string>();
    const failed = (what: string, error: unknown, body: Buffer) => {
      const message = error instanceof Error ? error.message : String(error);
      // Each place in the code once.
      const [place = message.slice(0, 80)] = /\bat \S.*(\n +at \S.*)?/.exec(message) ?? [];
      if (!failures.has(place)) failures.set(place, `${what}: ${message}\n${shown(body)}`);
      assert.ok(victim.isRunning && failures.size < 10, `the sandbox is gone\n${report(failures)}`);
    };
    while (cases < runs && Date.now() < end) {
      const places: Places = await victim.places();
      const first = seed + cases;
      for (let left = CASES_PER_UPDATE; left > 0 && cases < runs && Date.now() < end; left--) {
        const random = new Random(seed + cases);
        const kind = random.pick(kinds);
        const attack = TARGETS[kind]?.(random, places);
        assert.ok(attack !== undefined);
        try {
          const status = await victim.attack(attack);
          statuses[status] = (statuses[status] ?? 0) + 1;
        } catch (error) {
          failed(`${kind}, FUZZ_SEED=${seed + cases} FUZZ_RUNS=1`, error, attack.body);
        }
        counts[kind] = (counts[kind] ?? 0) + 1;
        sent += attack.body.length;
        cases++;
      }
      try {
        await victim.endUpdates(places);
      } catch (error) {
        failed(`after FUZZ_SEED=${first} FUZZ_RUNS=${seed + cases - first}`, error, Buffer.alloc(0));
      }
      victim.memory();
    }
    const megabytes = victim.memory();
    console.log(
      `      ${cases} requests, ${Math.round(sent / 1e6)} MB; ${text(counts)}; answers ${text(statuses)}; at most ${megabytes ?? "?"} MB of memory`,
    );
    assert.equal(failures.size, 0, report(failures));
    for (const kind of cases > 100 ? kinds : [])
      assert.ok((counts[kind] ?? 0) > 0, `nothing was sent to ${kind}`);
    // Mutations that nothing survives, or that harm nothing, would prove nothing.
    if (cases > 300) {
      const good = (statuses[200] ?? 0) + (statuses[204] ?? 0);
      assert.ok(good > cases / 50 && good < cases * 0.9, `${good} of ${cases} were taken`);
    }
  });
});

const text = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");

const report = (failures: ReadonlyMap<string, string>) => [...failures.values()].join("\n\n");

function shown(body: Buffer): string {
  const start = JSON.stringify(body.subarray(0, 600).toString("utf8"));
  return body.length > 600 ? `${start} … ${body.length} bytes` : start;
}
