import { readFile } from "node:fs/promises";
import * as v from "valibot";

/** The part of esbuild's metafile that is read here. Paths are relative to the Worker's folder. */
const schema = v.object({
  inputs: v.record(
    v.string(),
    v.object({
      imports: v.array(v.object({ path: v.string(), external: v.optional(v.boolean(), false) })),
    }),
  ),
  outputs: v.record(
    v.string(),
    v.object({ exports: v.optional(v.array(v.string()), []), entryPoint: v.optional(v.string()) }),
  ),
});

export interface Metafile {
  readonly inputs: readonly string[];
  /** What the main module exports, in order. */
  readonly exports: readonly string[];
  /** Whether an import names files by a template: a new file can join them without any of the inputs changing. */
  readonly hasPatterns: boolean;
}

/** `undefined` where wrangler wrote none (`no_bundle`), or one of another form. */
export async function readMetafile(file: string): Promise<Metafile | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  const parsed = text === undefined ? undefined : v.safeParse(schema, JSON.parse(text));
  if (parsed?.success !== true) return undefined;
  const { inputs, outputs } = parsed.output;
  const main = Object.values(outputs).find(({ entryPoint }) => entryPoint !== undefined);
  return {
    inputs: Object.keys(inputs),
    exports: [...(main?.exports ?? [])].sort(),
    hasPatterns: Object.values(inputs).some(({ imports }) =>
      imports.some(({ path, external }) => external && path.includes("*")),
    ),
  };
}
