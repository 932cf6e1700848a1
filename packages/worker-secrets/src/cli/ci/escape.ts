/** The forms of well-known tokens, and what else is too long and too mixed to be a name. */
const TOKENS =
  /-----BEGIN|\b(gh[pousr]_|github_pat_|pul-|sk-|sk_live_|rk_live_|xox[abprs]-|AKIA|ASIA|AIza|glpat-|npm_|v1\.0-|eyJ[A-Za-z0-9_-]{8,}\.)[A-Za-z0-9_.-]*/;

/** Shown in the place of whatever might be a secret's value. */
const REMOVED = "[removed]";

/**
 * Takes out what looks like a secret's value: well-known tokens, and every run of 24 characters or more without a space
 * that mixes letters and digits the way random texts do. Resource names, types and addresses stay.
 */
export function withoutSecrets(text: string): string {
  if (/-----BEGIN/.test(text)) return REMOVED;
  return text.replace(/[^\s"'`=,;()[\]{}<>]+/g, (run) => {
    if (TOKENS.test(run)) return REMOVED;
    return run.split(/(?<=[:/.@])|(?=[:/.@])/).some(isRandom) ? REMOVED : run;
  });
}

function isRandom(part: string): boolean {
  if (part.length < 24 || !/^[\w+/=%~-]+$/.test(part)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(part)).length;
  // Words joined by dashes change from letter to digit seldom; random ones do all the time.
  const changes = part.match(/[A-Za-z](?=\d)|\d(?=[A-Za-z])|[a-z](?=[A-Z])/g)?.length ?? 0;
  return (kinds >= 2 && changes >= part.length / 8) || /^[0-9]{24,}$|^[0-9a-f]{32,}$/i.test(part);
}

/**
 * A text from elsewhere as literal text of a GitHub comment. Every character but letters, digits and blanks becomes an
 * entity, which markdown takes for text and never for structure (CommonMark 6.2), so there is no HTML, link, image,
 * autolink or table cell in it; within `<code>`, GitHub makes no mention, issue or commit link of what it says either.
 * Control characters, line ends and those that change the direction of a text go. `longest` counts characters of the text.
 */
export function literal(text: string, longest = 120): string {
  const plain = withoutSecrets(text)
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\u2028\u2029]+/gu, " ")
    .trim();
  const characters = [...plain];
  const shown = characters.length > longest ? [...characters.slice(0, longest - 1), "…"] : characters;
  const escaped = shown
    .map((character) =>
      /^[A-Za-z0-9 ]$/.test(character) ? character : `&#${character.codePointAt(0) ?? 0xfffd};`,
    )
    .join("");
  return `<code>${escaped === "" ? "&#63;" : escaped}</code>`;
}
