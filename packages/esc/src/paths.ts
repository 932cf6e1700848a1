/** Paths of properties as text: how diagnostics and addresses such as `values.a["b c"][0]` are written and read. */

/** Extends a path with an object key, quoting the key where a plain name will not do. */
export function joinKey(root: string, key: string): string {
  if (key === "") return root;
  if (isPlainName(key)) return root === "" ? key : `${root}.${key}`;
  return `${root}["${key.replaceAll('"', '\\"')}"]`;
}

/** Extends a path with a list index. */
export function joinIndex(root: string, index: number): string {
  return `${root}[${index}]`;
}

function isPlainName(key: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key);
}

/** Splits a path into its keys and indices. Returns what is wrong with it if it cannot be read. */
export function parsePath(text: string): (string | number)[] | { error: string } {
  const steps: (string | number)[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === "[") {
      const quoted = text.charAt(at + 1) === '"';
      const step = quoted ? readQuoted(text, at + 2) : readIndex(text, at + 1);
      if (!step) return { error: `invalid subscript at column ${at + 1} of path ${JSON.stringify(text)}` };
      steps.push(step.value);
      at = step.end;
      continue;
    }
    if (char === "." && at === 0) return { error: `path ${JSON.stringify(text)} must not begin with a dot` };
    const start = char === "." ? at + 1 : at;
    let end = start;
    while (end < text.length && text.charAt(end) !== "." && text.charAt(end) !== "[") end++;
    if (end === start) return { error: `empty name at column ${start + 1} of path ${JSON.stringify(text)}` };
    steps.push(text.slice(start, end));
    at = end;
  }
  return steps;
}

interface Step {
  value: string | number;
  end: number;
}

function readQuoted(text: string, start: number): Step | undefined {
  let value = "";
  for (let at = start; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '"') return text.charAt(at + 1) === "]" ? { value, end: at + 2 } : undefined;
    if (char === "\\" && text.charAt(at + 1) === '"') at++;
    value += text.charAt(at);
  }
  return undefined;
}

function readIndex(text: string, start: number): Step | undefined {
  const end = text.indexOf("]", start);
  const digits = end < 0 ? "" : text.slice(start, end);
  return /^[0-9]{1,9}$/.test(digits) ? { value: Number(digits), end: end + 1 } : undefined;
}
