import assert from "node:assert/strict";
import { RUN_MARK } from "./marker.ts";
import { scanner } from "./scan.ts";

const { scan } = scanner([{ label: "a secret of the tests", text: RUN_MARK }]);

/** Fails where a text shows a secret that was made by `canary`, in any form. */
export function assertQuiet(...texts: readonly string[]): void {
  for (const text of texts) assert.deepEqual(scan(text), [], "it printed a value");
}

/** How the secrets of the tests show in a text. */
export const scanForCanaries = scan;
