import { type CronField, DAYS, fitsCron, MONTHS } from "../../cron.ts";
import { badRequest } from "../errors.ts";

/** "Standard 5-field cron syntax (MIN HOUR DOM MON DOW)", as the contract says; Sunday is 0 and 7. */
const FIELDS: readonly CronField[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 7, names: DAYS },
];

export function cronOf(text: string): { readonly cron: string } {
  if (fitsCron(FIELDS, text)) return { cron: text };
  throw badRequest("scheduleCron must be a cron expression of five fields");
}

/** A time that is still to come: a schedule for one that has passed would never run. */
export function onceOf(text: string, what: string, now: Date): { readonly once: string } {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw badRequest(`${what} must be a time such as 2030-01-01T00:00:00Z`);
  if (time <= now) throw badRequest(`${what} must be in the future`);
  return { once: time.toISOString() };
}
