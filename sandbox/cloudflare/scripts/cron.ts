interface Field {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
  /** What may stand in this field besides numbers, names, `*`, `/`, `-` and `,`. */
  readonly special?: RegExp;
}

const MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
const DAYS = "SUN MON TUE WED THU FRI SAT".split(" ");

/** In Cloudflare's own counting: Sunday is 1, and 0 is no day at all. */
const FIELDS: readonly Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31, special: /^(L|LW|L-\d{1,2}|\d{1,2}W)$/ },
  { min: 1, max: 12, names: MONTHS },
  { min: 1, max: 7, names: DAYS, special: /^(L|[1-7]L|(SUN|MON|TUE|WED|THU|FRI|SAT)L|[1-7]#[1-5])$/ },
];

/** Whether it is a cron expression that Cloudflare takes: five fields, in any case of letters. */
export function isCron(text: string): boolean {
  const parts = text.trim().split(/\s+/);
  return parts.length === FIELDS.length && FIELDS.every((field, at) => isField(field, parts[at] ?? ""));
}

function isField(field: Field, text: string): boolean {
  return text
    .toUpperCase()
    .split(",")
    .every((item) => field.special?.test(item) === true || isItem(field, item));
}

function isItem(field: Field, item: string): boolean {
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

function numberOf({ min, max, names = [] }: Field, text: string): number | undefined {
  const named = names.indexOf(text);
  const value = named >= 0 ? named + min : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}
