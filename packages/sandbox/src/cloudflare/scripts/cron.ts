import { type CronField, DAYS, fitsCron, MONTHS } from "../../cron.ts";

/** In Cloudflare's own counting: Sunday is 1, and 0 is no day at all. */
const FIELDS: readonly CronField[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31, special: /^(L|LW|L-\d{1,2}|\d{1,2}W)$/ },
  { min: 1, max: 12, names: MONTHS },
  { min: 1, max: 7, names: DAYS, special: /^(L|[1-7]L|(SUN|MON|TUE|WED|THU|FRI|SAT)L|[1-7]#[1-5])$/ },
];

/** Whether it is a cron expression that Cloudflare takes: five fields, in any case of letters. */
export function isCron(text: string): boolean {
  return fitsCron(FIELDS, text);
}
