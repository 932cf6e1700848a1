/** An answer is longer or deeper than anything that the services say. It is not asked for again: it would be the same. */
export class AnswerTooLarge extends Error {}

/** The longest answer: states of large stacks have tens of megabytes. */
const MOST_BYTES = 64 * 1024 * 1024;
/** How deep arrays and objects may stand in each other. Schemas and readers go down by recursion. */
const MOST_DEPTH = 500;

/** The body of an answer, read no further than `most` bytes, unpacked ones. */
export async function boundedText(response: Response, most = MOST_BYTES): Promise<string> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop ends the transfer.
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > most)
      throw new AnswerTooLarge(`its answer is longer than ${Math.floor(most / 1024 / 1024)} MB`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** Whether JSON text nests deeper than any answer does. Text that is no JSON may be counted wrongly: the parser refuses it then. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (inText) {
      if (character === "\\") at++;
      else if (character === '"') inText = false;
    } else if (character === '"') inText = true;
    else if (character === "{" || character === "[") {
      if (++depth > MOST_DEPTH) return true;
    } else if (character === "}" || character === "]") depth--;
  }
  return false;
}
