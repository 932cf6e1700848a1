import { BadBody } from "./body.ts";

/**
 * How deep arrays and objects may stand in each other. Go's decoder, behind both real APIs, stops at 10,000; what walks
 * through a value here does so by recursion, and has to come back. No client sends a hundredth of it.
 */
const MAX_DEPTH = 1000;

/** Values in one text: each takes up to 100 bytes of memory, and may be sent in 3. A state of 60 MB has one million. */
const MAX_VALUES = 4_000_000;

/** Parses JSON that somebody sent. `what` names it in the refusal, which tells nothing of its content. */
export function parseJsonText(text: string, what = "the request body"): unknown {
  const excess = excessOf(text);
  if (excess !== undefined) throw new BadBody(`${what} has more than ${excess}`);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new BadBody(`${what} is not valid JSON`);
  }
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/** Which bound the text passes, in one pass. What is not JSON may be counted wrongly, and is refused by the parser then. */
function excessOf(text: string): string | undefined {
  let depth = 0;
  let values = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inText) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) inText = false;
    } else if (code === QUOTE) inText = true;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > MAX_DEPTH) return `${MAX_DEPTH} arrays and objects in each other`;
      values++;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
    else if (code === COMMA && ++values > MAX_VALUES) return `${MAX_VALUES} values`;
  }
  return undefined;
}
