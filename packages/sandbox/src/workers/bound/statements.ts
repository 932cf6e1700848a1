/**
 * The statements of an SQL text, each without its semicolon. A semicolon within a string, a quoted name, a comment or
 * a trigger's body (`BEGIN … END`) ends nothing.
 */
export function statements(sql: string): string[] {
  const found: string[] = [];
  let text = "";
  let depth = 0;
  let words: string[] = [];
  const end = () => {
    // Comments alone are no statement.
    if (words.length > 0) found.push(text.trim());
    text = "";
    depth = 0;
    words = [];
  };
  for (const [token] of sql.matchAll(TOKEN)) {
    if (token === ";" && depth === 0) {
      end();
      continue;
    }
    text += token;
    if (/^(\s|--|\/\*)/.test(token)) continue;
    const word = token.toUpperCase();
    words.push(word);
    const isTrigger = words[0] === "CREATE" && words.slice(1, 4).includes("TRIGGER");
    if (!isTrigger) continue;
    if (word === "BEGIN" || word === "CASE") depth++;
    else if (word === "END" && depth > 0) depth--;
  }
  end();
  return found;
}

const TOKEN =
  /\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|`(?:[^`]|``)*(?:`|$)|\[[^\]]*(?:\]|$)|\w+|[\s\S]/g;
