import { VICTIMS } from "./kill-plan.ts";
import type { KillResult } from "./kill-rounds.ts";

/** A line for each victim, and one for each fault: Markdown. */
export function killTable(results: readonly KillResult[]): string {
  const rows = VICTIMS.map((victim) => {
    const all = results.filter((one) => one.victim === victim);
    const count = (test: (one: KillResult) => boolean) => String(all.filter(test).length);
    return [
      victim,
      String(all.length),
      count(({ up }) => up !== "succeeded"),
      count(({ cancelled }) => cancelled),
      String(all.reduce((sum, { acknowledged }) => sum + acknowledged, 0)),
      count(({ fault }) => fault === undefined),
    ];
  });
  const head = [
    "killed",
    "kills",
    "`up` did not succeed",
    "`pulumi cancel` needed",
    "writes acknowledged, all kept",
    "converged",
  ];
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const faults = results.flatMap(({ fault, ...one }) =>
    fault === undefined ? [] : [`${JSON.stringify(one)}\n${fault}`],
  );
  return [line(head), line(head.map(() => "---")), ...rows.map(line), ...faults].join("\n");
}
