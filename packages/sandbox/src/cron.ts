/** What one field of a cron expression takes. */
export interface CronField {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
  /** What may stand in this field besides numbers, names, `*`, `/`, `-` and `,`. */
  readonly special?: RegExp;
}

export const MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
export const DAYS = "SUN MON TUE WED THU FRI SAT".split(" ");

/** Whether a text is a cron expression of just these fields, in any case of letters. */
export function fitsCron(fields: readonly CronField[], text: string): boolean {
  const parts = text.trim().split(/\s+/);
  return parts.length === fields.length && fields.every((field, at) => isField(field, parts[at] ?? ""));
}

function isField(field: CronField, text: string): boolean {
  return text
    .toUpperCase()
    .split(",")
    .every((item) => field.special?.test(item) === true || isItem(field, item));
}

function isItem(field: CronField, item: string): boolean {
  const [range = "", step, ...more] = item.split("/");
  if (more.length > 0 || (step !== undefined && !(/^\d+$/.test(step) && Number(step) > 0))) return false;
  if (range === "*") return true;
  const [from = "", to, ...rest] = range.split("-");
  const first = numberOf(field, from);
  if (first === undefined || rest.length > 0) return false;
  if (to === undefined) return true;
  const last = numberOf(field, to);
  return last !== undefined && first <= last;
}

function numberOf({ min, max, names = [] }: CronField, text: string): number | undefined {
  const named = names.indexOf(text);
  const value = named >= 0 ? named + min : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}
