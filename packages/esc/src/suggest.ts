import { bytesOfText } from "./text-bytes.ts";

/** Names longer than this are not compared: nobody mistypes them, and the comparison is quadratic. */
const longestName = 200;
/** At most so many names are looked through for one suggestion. */
const mostCandidates = 1_000;

/** The candidate nearest to a misspelt name, if any is near enough. Case and underscores do not count. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const folded = fold(name);
  if (folded.length > longestName) return undefined;
  // Up to half of the name may be mistyped.
  let best = Math.floor((folded.length + 1) / 2);
  let found: string | undefined;
  let looked = 0;
  for (const candidate of candidates) {
    if (++looked > mostCandidates) break;
    const other = fold(candidate);
    if (Math.abs(other.length - folded.length) > best) continue;
    const distance = editDistance(folded, other, best);
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

/** The end of an error message that proposes the nearest name: `; did you mean "x"?`, or nothing. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const found = nearest(name, candidates);
  return found === undefined ? "" : `; did you mean ${JSON.stringify(found)}?`;
}

/** The words in order of their likeness to the given one. */
export function sortByEditDistance(name: string, words: readonly string[]): string[] {
  const folded = fold(name).slice(0, longestName);
  return words.toSorted((a, b) => editDistance(folded, fold(a)) - editDistance(folded, fold(b)));
}

/** A character for each byte of UTF-8: the reference compares bytes, so that a letter that is not ASCII counts for several. */
function fold(name: string): string {
  const folded = name.replaceAll("_", "").toLowerCase();
  return Array.from(bytesOfText(folded), (byte) => String.fromCharCode(byte)).join("");
}

/**
 * Levenshtein distance, one row at a time; anything above `most` once it must be above that. Ours, since this package has
 * no dependency but YAML, and a definition of somebody else's decides the lengths: `most` ends a comparison early.
 */
function editDistance(a: string, b: string, most = Number.POSITIVE_INFINITY): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a.charAt(i - 1) === b.charAt(j - 1) ? 0 : 1);
      next.push(Math.min(substituted, (next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
    if (Math.min(...next) > most) return most + 1;
    row = next;
  }
  return row[b.length] ?? 0;
}
