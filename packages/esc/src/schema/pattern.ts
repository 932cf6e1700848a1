/** A compiled pattern. */
export interface Pattern {
  readonly source: string;
  test(text: string): boolean;
}

/** Longest text that a pattern is matched against. */
const longestText = 10_000;

/**
 * Compiles the pattern of a schema. The reference matches in linear time; JavaScript's engine backtracks, and a
 * stranger's pattern must not keep it busy. Patterns that could are refused: a repeated group that repeats or
 * branches inside, back references, and more than two open-ended repetitions.
 */
export function compilePattern(source: string): Pattern | { error: string } {
  let expression: RegExp;
  try {
    expression = new RegExp(source, "u");
  } catch {
    return { error: `error parsing regexp: \`${source}\`` };
  }
  const risk = riskOf(source);
  if (risk !== undefined) return { error: `the pattern ${JSON.stringify(source)} ${risk}` };
  return { source, test: (text) => text.length <= longestText && expression.test(text) };
}

function riskOf(source: string): string | undefined {
  const groups: { risky: boolean }[] = [];
  let openEnded = 0;
  for (let i = 0; i < source.length; i++) {
    const char = source.charAt(i);
    if (char === "\\") {
      i++;
      if (/[1-9k]/.test(source.charAt(i))) return "has a back reference";
    } else if (char === "[") {
      i = classEnd(source, i);
    } else if (char === "(") {
      groups.push({ risky: false });
    } else if (char === "|") {
      for (const group of groups) group.risky = true;
    } else if (char === ")") {
      const group = groups.pop();
      if (group?.risky && isRepetition(source, i + 1)) return "repeats a group that repeats or branches";
    }
    if (isRepetition(source, i + 1) && char !== "(") {
      openEnded++;
      for (const group of groups) group.risky = true;
    }
  }
  return openEnded > 2 ? "has more than two open-ended repetitions" : undefined;
}

/** True if an open-ended repetition stands at the index: `*`, `+` or `{n,}`. */
function isRepetition(source: string, at: number): boolean {
  const char = source.charAt(at);
  return char === "*" || char === "+" || /^\{[0-9]*,[0-9]*\}/.test(source.slice(at, at + 24));
}

function classEnd(source: string, start: number): number {
  for (let i = start + 1; i < source.length; i++) {
    if (source.charAt(i) === "\\") i++;
    else if (source.charAt(i) === "]") return i;
  }
  return source.length;
}
