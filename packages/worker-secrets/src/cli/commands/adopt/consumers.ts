import type { Difference } from "./compare.ts";

/**
 * The commands that remove the consumers which the first `up` makes anew. The provider can't import a consumer, and the
 * API takes no second one (11004); messages wait in the queue meanwhile.
 */
export function consumersToRemove(script: string, differences: readonly Difference[]): string[] {
  return differences
    .filter(({ what, change }) => what === "queue consumer" && change === "changed")
    .map(({ name }) => `npx wrangler queues consumer remove ${name} ${script}`);
}
