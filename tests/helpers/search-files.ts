import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";

/**
 * The files below a folder that hold a text: as it is, in base64 at any offset, hex or URL-encoded. What a link leads to elsewhere is
 * not in the folder: `node_modules` of a test's project are this repository's, and lead to its sources.
 */
export function filesThatHold(folder: string, text: string): string[] {
  const forms = [text, ...base64Forms(text), Buffer.from(text).toString("hex"), encodeURIComponent(text)].map(
    (form) => Buffer.from(form),
  );
  const root = realpathSync(folder);
  const places = new Map<string, boolean>();
  const isInside = (at: string): boolean => {
    const known = places.get(at) ?? `${realpathSync(at)}${sep}`.startsWith(`${root}${sep}`);
    places.set(at, known);
    return known;
  };
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isInside(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => {
      const bytes = readFileSync(file);
      return forms.some((form) => bytes.includes(form));
    });
}

/** Base64 works on groups of three bytes, so a text inside a longer one shows in one of three forms. */
function base64Forms(text: string): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.from("\0".repeat(offset) + text)
      .toString("base64")
      .replace(/=+$/, "");
    // The first and last groups depend on the neighbours.
    return encoded.slice(offset === 0 ? 0 : 4, -4);
  });
}
