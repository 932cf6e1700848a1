import { dirname, extname, join } from "node:path";

/** Path of a module in the same folder: `.ts` in the repository, `.js` in the package. */
export function moduleBeside(filename: string, name: string): string {
  return join(dirname(filename), `${name}${extname(filename)}`);
}
