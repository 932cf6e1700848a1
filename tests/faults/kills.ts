import { parseArgs } from "node:util";
import { findEngine } from "../../packages/worker-secrets/src/cli/engine/executable/index.ts";
import { type KillResult, runKills } from "./kill-rounds.ts";
import { killTable } from "./kill-table.ts";

const HELP = `Usage: npm run kills -- [--rounds N] [--seed N]

Kills the program, the engine and the sandbox by turns, each in the middle of an 'up', and looks whether everything
converges afterwards (Linux). Prints a line for each kill and then a table.

  --rounds N  how many kills (default 20, also KILL_ROUNDS; the nightly run has 200)
  --seed N    what the moments are drawn from (default: a new one, which is printed; also KILL_SEED)

Exit codes: 0 all converged, 1 not, 2 wrong usage.`;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: process.env.KILL_ROUNDS || "20" },
    seed: { type: "string", default: process.env.KILL_SEED || String(Math.floor(Math.random() * 1e6)) },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(seed)) {
  console.error(`--rounds and --seed are whole numbers\n\n${HELP}`);
  process.exit(2);
}
if (process.platform !== "linux") {
  console.error("This needs Linux: it finds the processes in /proc.");
  process.exit(1);
}
process.env.WORKER_SECRETS_ENGINE = (await findEngine({ onProgress: (line) => console.log(line) })).path;
console.log(`${rounds} kills, seed ${seed}`);
const results: KillResult[] = [];
await runKills({
  rounds,
  seed,
  onResult(result) {
    results.push(result);
    const { round, victim, situation, call, delay, at, up, cancelled, fault } = result;
    console.log(
      `${String(round + 1).padStart(3)} ${victim.padEnd(7)} ${situation.padEnd(13)} call ${call} + ${delay} ms (${at || "not reached"}): up ${up}${cancelled ? ", cancelled" : ""}${fault === undefined ? "" : `, FAULT: ${fault}`}`,
    );
  },
});
console.log(`\n${killTable(results)}`);
process.exit(results.every(({ fault }) => fault === undefined) ? 0 : 1);
