import { isObject } from "../../objects.ts";
import type { Keys } from "./environments.ts";

/** Each `env` block with the name that wrangler gives its script: the block's own, else `<name>-<block>`. */
export function blockNames(whole: Keys): ReadonlyMap<string, string> {
  if (!isObject(whole.env)) return new Map();
  return new Map(
    Object.entries(whole.env).map(([environment, block]) => {
      const own =
        isObject(block) && typeof block.name === "string" && block.name !== "" ? block.name : undefined;
      return [environment, own ?? `${typeof whole.name === "string" ? whole.name : ""}-${environment}`];
    }),
  );
}
