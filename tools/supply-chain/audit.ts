import * as v from "valibot";
import type { Allowed } from "./allowed.ts";

/** What came of `npm audit`. */
export type Audit =
  | { readonly kind: "clean"; readonly accepted: readonly string[] }
  | { readonly kind: "faults"; readonly faults: readonly string[] }
  /** The registry has no such service, or can't be reached: nobody knows. */
  | { readonly kind: "not run"; readonly why: string };

const advisory = v.object({
  url: v.string(),
  title: v.string(),
  severity: v.string(),
});
const report = v.object({
  auditReportVersion: v.literal(2),
  vulnerabilities: v.record(
    v.string(),
    v.object({ name: v.string(), via: v.array(v.union([v.string(), advisory])) }),
  ),
});
const refused = v.object({
  message: v.optional(v.string()),
  error: v.optional(v.looseObject({ summary: v.string() })),
});

/** Reads what `npm audit --json` printed. `today` as YYYY-MM-DD: an allowance ends. */
export function readAudit(printed: string, { advisories }: Allowed, today: string): Audit {
  let json: unknown;
  try {
    json = JSON.parse(printed);
  } catch {
    return { kind: "not run", why: "npm printed no JSON" };
  }
  const parsed = v.safeParse(report, json);
  if (!parsed.success) {
    const said = v.safeParse(refused, json);
    const why = said.success ? said.output.error?.summary || said.output.message : undefined;
    return { kind: "not run", why: why?.split("\n", 1)[0] || "npm printed no report" };
  }
  const faults: string[] = [];
  const accepted: string[] = [];
  for (const { name, via } of Object.values(parsed.output.vulnerabilities))
    for (const one of via) {
      // A text is the name of another package of the report, which has the advisory itself.
      if (typeof one === "string") continue;
      const id = one.url.split("/").at(-1) ?? one.url;
      const allowance = advisories.find((known) => known.id === id);
      if (allowance !== undefined && today <= allowance.until)
        accepted.push(`${id} (${name}), until ${allowance.until}`);
      else
        faults.push(
          `${name}: ${one.severity}: ${one.title} (${one.url})` +
            (allowance === undefined ? "" : `; it was accepted until ${allowance.until}`) +
            ". Update it, or add it with a reason and an end to advisories of tools/supply-chain/allowed.json.",
        );
    }
  return faults.length > 0 ? { kind: "faults", faults } : { kind: "clean", accepted };
}
