import { FAULT_KINDS } from "../../packages/sandbox/src/http/fault-plan.ts";
import { shareOf } from "../volume.ts";
import { type FaultWorld, openFaultWorld } from "./fault-world.ts";
import { COMMANDS, faultyLife, type Seen, wholeLife } from "./life.ts";

const SEED = Number(process.env.FAULT_SEED || 8);
/** Every how many-th kind has its turn, which ones follows from the seed: a quarter a day, at night all of them (1). */
const SHARE = Number(process.env.FAULT_SHARE || 4);
/** How many calls of each command meet each kind: 1 with every change, more at night. */
const TURNS = Number(process.env.FAULT_TURNS || 1);
/** Some kinds alone, while one looks at them: `FAULT_KINDS=429,truncated`. */
const ONLY = process.env.FAULT_KINDS?.split(",");
const chosen =
  ONLY === undefined ? shareOf(FAULT_KINDS, SHARE, SEED) : FAULT_KINDS.filter((kind) => ONLY.includes(kind));

/** A test for each kind: the five commands, each with a fault of it at one of its calls, drawn from the seed. */
describe(`faults: what the services refuse, and what happens on the way, seed ${SEED}`, function () {
  this.timeout(900_000);
  let fault: FaultWorld;
  let seen: Seen;
  before(async () => {
    fault = await openFaultWorld();
    seen = await wholeLife(fault);
  });
  after(() => fault?.close());

  for (let turn = 0; turn < TURNS; turn++)
    for (const kind of chosen)
      it(`${kind}: ${COMMANDS.join(", ")} end well or say why, and a repeat converges${TURNS > 1 ? ` (${turn + 1})` : ""}`, () =>
        faultyLife(fault, `f${kind}t${turn}`, kind, seen, SEED, turn));
});
