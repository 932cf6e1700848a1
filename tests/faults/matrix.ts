import type { FaultKind } from "../../packages/sandbox/src/http/fault-plan.ts";
import { type FaultWorld, openFaultWorld } from "./fault-world.ts";
import { COMMANDS, faultyLife, type Seen, wholeLife } from "./life.ts";

/** How many calls of each command meet each kind: 1 with every change, more at night. */
const TURNS = Number(process.env.FAULT_TURNS || 1);
const SEED = Number(process.env.FAULT_SEED || 8);
/** Some kinds alone, while one looks at them: `FAULT_KINDS=429,truncated`. */
const ONLY = process.env.FAULT_KINDS?.split(",");

/** A test for each kind: the five commands, each with a fault of it at one of its calls, drawn from the seed. */
export function describeMatrix(title: string, kinds: readonly FaultKind[]): void {
  describe(`faults: ${title}, seed ${SEED}`, function () {
    this.timeout(900_000);
    let fault: FaultWorld;
    let seen: Seen;
    before(async () => {
      fault = await openFaultWorld();
      seen = await wholeLife(fault);
    });
    after(() => fault?.close());

    for (let turn = 0; turn < TURNS; turn++)
      for (const kind of kinds.filter((one) => ONLY?.includes(one) ?? true))
        it(`${kind}: ${COMMANDS.join(", ")} end well or say why, and a repeat converges${TURNS > 1 ? ` (${turn + 1})` : ""}`, () =>
          faultyLife(fault, `f${kind}t${turn}`, kind, seen, SEED, turn));
  });
}
