import { createHash } from "node:crypto";

/** A module of an upload besides the main one. */
export interface ModuleFile {
  /** As the main module imports it, and as the multipart part is called: `./<hash>-add.wasm`. */
  readonly name: string;
  /** As wrangler sends it: `application/wasm`, `text/plain`, `application/octet-stream`, `application/source-map`, … */
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** A Worker's code as the modules of an upload, as wrangler makes them. */
export interface Bundle {
  /** The main module, an ES module. */
  readonly content: string;
  /** Name of the main module in the upload. */
  readonly mainModule: string;
  /** The other modules, by name. */
  readonly files: readonly ModuleFile[];
  /**
   * Names that the main module exports: `default`, and the classes of Durable Objects, Workflows and entrypoints. `undefined` where
   * wrangler does not say (`no_bundle`) and the module's own text does not either.
   */
  readonly exports: readonly string[] | undefined;
  /** `wrangler 4.164.0`; `undefined` for code that this package's own bundler made, before wrangler compiled. */
  readonly compiledBy: string | undefined;
  /** Over all modules: the same sources and the same wrangler give the same hash on every machine. */
  readonly sha256: string;
}

/** The main module's name in states that do not hold one: what this package called it before wrangler compiled. */
export const FORMER_MAIN_MODULE = "worker.js";

/** The hash over all modules. Each part goes in with its length, so that no two different uploads have the same bytes. */
export function hashOf({
  mainModule,
  content,
  files,
}: Pick<Bundle, "mainModule" | "content" | "files">): string {
  const hash = createHash("sha256");
  const parts = [
    mainModule,
    content,
    ...files.flatMap(({ name, contentType, bytes }) => [name, contentType, bytes]),
  ];
  for (const part of parts) {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest("hex");
}
