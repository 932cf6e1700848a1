const FIELD =
  /^(?:[\d*,/#LW-]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT)+$/i;

/**
 * Why a list of crons can't be sent, by the place in it. Only what is plainly no cron: five fields of digits, names and
 * `* , - / L W #`; the API knows the rest, but would tell only after the script has been uploaded.
 */
export function cronFaults(crons: readonly string[]): { readonly index: number; readonly what: string }[] {
  return crons.flatMap((cron, index) => {
    const fields = cron.trim().split(/\s+/);
    if (fields.length !== 5 || !fields.every((field) => FIELD.test(field)))
      return [{ index, what: `'${cron}' is no cron: it takes five fields, as in '*/5 * * * *'` }];
    // It says no more than one does, and what the API makes of two is documented nowhere.
    return crons.indexOf(cron) < index ? [{ index, what: `the cron '${cron}' stands twice` }] : [];
  });
}
