import { init, parse } from "es-module-lexer/minimal";

/**
 * What a module exports, by its own text; `undefined` where it passes on another module's exports by `export *`, or can't be read. For
 * code that wrangler uploads as it is: there the bundler does not say.
 */
export async function exportsIn(text: string): Promise<string[] | undefined> {
  await init;
  try {
    const [, exports] = parse(text);
    if (/\bexport\s*\*\s*from\b/.test(text)) return undefined;
    return exports.map(({ n }) => n).sort();
  } catch {
    return undefined;
  }
}
