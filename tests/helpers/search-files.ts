import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The files below a folder that hold a text: as it is, in base64 at any offset, hex or URL-encoded. */
export function filesThatHold(folder: string, text: string): string[] {
  const forms = [text, ...base64Forms(text), Buffer.from(text).toString("hex"), encodeURIComponent(text)].map(
    (form) => Buffer.from(form),
  );
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
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
