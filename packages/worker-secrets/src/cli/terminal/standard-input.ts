import { FaultsError } from "../../faults.ts";

/** Longer than any sensible set of values: 128 secrets of 5 KB each, as JSON. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Standard input to its end, as text. What is no UTF-8 is refused: read leniently, it would become another value. `option`
 * is what reads it, `command` how it is called.
 */
export async function readStandardInput(option: string, command: string): Promise<string> {
  const refuse = (what: string) =>
    new FaultsError([{ where: "standard input", what, fix: `Pipe it in: ${command} < FILE` }]);
  if (process.stdin.isTTY === true)
    throw refuse(`${option} reads it, but it is a terminal (what is typed would show)`);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw refuse("it is longer than 4 MB");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw refuse("it is not UTF-8: encode binary data, as base64 for one");
  }
}
