import {
  cpSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const MODULES = join(import.meta.dirname, "../../../../node_modules");

/** A way in which another version of the SDK may have a module; what uses the module within the SDK follows. */
export type Change =
  | { readonly kind: "moved" }
  | { readonly kind: "renamed"; readonly name: string }
  /** Exports that can only be read, as newer compilers write them. */
  | { readonly kind: "getters" }
  | { readonly kind: "edited"; readonly from: string; readonly to: string };

const GETTERS =
  "for (const name of Object.keys(exports)) { const value = exports[name]; Object.defineProperty(exports, name, { enumerable: true, get: () => value }); }\n";

/** A copy of the Pulumi SDK in a folder with `node_modules` of its own, one module of it changed at a time. */
export class SdkCopy {
  readonly folder: string;
  readonly #sdk: string;
  readonly #originals = new Map<string, string | undefined>();

  constructor(folder: string) {
    this.folder = folder;
    const modules = join(folder, "node_modules");
    this.#sdk = join(modules, "@pulumi", "pulumi");
    mkdirSync(this.#sdk, { recursive: true });
    for (const name of readdirSync(MODULES))
      if (name !== "@pulumi" && !name.startsWith(".")) symlinkSync(join(MODULES, name), join(modules, name));
    cpSync(join(MODULES, "@pulumi", "pulumi"), this.#sdk, { recursive: true });
  }

  change(module: string, change: Change): void {
    const path = join(this.#sdk, module);
    const text = readFileSync(path, "utf8");
    switch (change.kind) {
      case "moved":
        this.#move(path, text);
        break;
      case "renamed":
        this.#rename(path, text, change.name);
        break;
      case "getters":
        this.#write(path, `${text}\n${GETTERS}`);
        break;
      case "edited":
        if (!text.includes(change.from)) throw new Error(`${module} does not have: ${change.from}`);
        this.#write(path, text.replaceAll(change.from, change.to));
    }
  }

  restore(): void {
    for (const [path, text] of this.#originals) {
      if (text === undefined) rmSync(path);
      else writeFileSync(path, text);
    }
    this.#originals.clear();
  }

  #move(path: string, text: string): void {
    const to = join(dirname(path), "elsewhere.js");
    for (const { file, own, written } of this.#users(path)) {
      const target = relative(dirname(file), to).replace(/^(?!\.)/, "./");
      this.#write(file, own.replaceAll(`require("${written}")`, `require("${target}")`));
    }
    this.#originals.set(to, undefined);
    writeFileSync(to, text);
    this.#write(path, "");
    rmSync(path);
  }

  #rename(path: string, text: string, name: string): void {
    for (const { file, own, written } of this.#users(path)) {
      const taken = new RegExp(`(\\w+) = (?:__importStar\\()?require\\("${written}"\\)`).exec(own)?.[1];
      if (taken !== undefined)
        this.#write(file, own.replaceAll(new RegExp(`\\b${taken}\\.${name}\\b`, "g"), `${taken}.${name}2`));
    }
    this.#write(path, text.replaceAll(new RegExp(`exports\\.${name}\\b`, "g"), `exports.${name}2`));
  }

  /** The SDK's modules that require the one at `path`, and as what. */
  #users(path: string) {
    return globSync("**/*.js", { cwd: this.#sdk, exclude: ["proto/**", "node_modules/**"] }).flatMap(
      (name) => {
        const file = join(this.#sdk, name);
        const own = readFileSync(file, "utf8");
        const written = [...own.matchAll(/require\("(\.[^"]*)"\)/g)]
          .map(([, request = ""]) => request)
          .find((request) =>
            ["", ".js", "/index.js"].some((end) => resolve(dirname(file), request) + end === path),
          );
        return written === undefined ? [] : [{ file, own, written }];
      },
    );
  }

  #write(path: string, text: string): void {
    if (!this.#originals.has(path)) this.#originals.set(path, readFileSync(path, "utf8"));
    writeFileSync(path, text);
  }
}
