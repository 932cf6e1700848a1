/** What one of the five fields takes besides `*`, `/`, `-` and `,`. */
interface Field {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
  readonly special?: RegExp;
}

const MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
const DAYS = "SUN MON TUE WED THU FRI SAT".split(" ");

/** In Cloudflare's own counting: Sunday is 1, and 0 is no day at all. */
const FIELDS: readonly (Field & { readonly what: string })[] = [
  { what: "minute", min: 0, max: 59 },
  { what: "hour", min: 0, max: 23 },
  { what: "day of the month", min: 1, max: 31, special: /^(L|LW|L-\d{1,2}|\d{1,2}W)$/ },
  { what: "month", min: 1, max: 12, names: MONTHS },
  {
    what: "day of the week",
    min: 1,
    max: 7,
    names: DAYS,
    special: /^(L|[1-7]L|(SUN|MON|TUE|WED|THU|FRI|SAT)L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)#[1-5])$/,
  },
];

/** Why a list of crons can't be sent, by the place in it: the API would say so only after the script has been uploaded. */
export function cronFaults(crons: readonly string[]): { readonly index: number; readonly what: string }[] {
  return crons.flatMap((cron, index) => {
    const parts = cron.trim().split(/\s+/);
    if (parts.length !== FIELDS.length)
      return [{ index, what: `'${cron}' is no cron: it takes five fields, as in '*/5 * * * *'` }];
    const at = FIELDS.findIndex((field, place) => !isField(field, parts[place] ?? ""));
    const field = FIELDS[at];
    if (field !== undefined) {
      const range = `${field.min} to ${field.max}${field.names === undefined ? "" : `, or ${field.names[0]} to ${field.names.at(-1)}`}`;
      return [{ index, what: `'${cron}' is no cron: '${parts[at]}' is no ${field.what} (${range})` }];
    }
    // It says no more than one does, and what the API makes of two is documented nowhere.
    return crons.indexOf(cron) < index ? [{ index, what: `the cron '${cron}' stands twice` }] : [];
  });
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
  const last = to === undefined ? first : numberOf(field, to);
  return last !== undefined && first <= last;
}

function numberOf({ min, max, names = [] }: Field, text: string): number | undefined {
  const named = names.indexOf(text);
  const value = named >= 0 ? named + min : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}
