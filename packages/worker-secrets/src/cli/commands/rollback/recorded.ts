import * as v from "valibot";
import { type Bundle, FORMER_MAIN_MODULE, hashOf, type ModuleFile } from "../../../compile/bundle.ts";
import { resourcesOf } from "../../../program/deployed.ts";

const script = v.object({
  type: v.literal("cloudflare:index/workersScript:WorkersScript"),
  inputs: v.object({
    scriptName: v.string(),
    content: v.string(),
    mainModule: v.optional(v.string(), FORMER_MAIN_MODULE),
    files: v.optional(
      v.record(
        v.string(),
        v.object({
          contentType: v.string(),
          contentBase64: v.string(),
        }),
      ),
      {},
    ),
  }),
});

/**
 * The code of every script as a state holds it. It is exactly what was uploaded (the engine keeps the whole content, in
 * clear, in the state of every update), so an old bundle needs no old checkout and no old wrangler.
 */
export function recordedCode(deployment: unknown): ReadonlyMap<string, Bundle> {
  const scripts = resourcesOf(deployment).flatMap((resource) => {
    const parsed = v.safeParse(script, resource);
    if (!parsed.success) return [];
    const { scriptName, content, mainModule, files } = parsed.output.inputs;
    const modules = Object.entries(files).map(
      ([name, { contentType, contentBase64 }]): ModuleFile => ({
        name,
        contentType,
        bytes: Buffer.from(contentBase64, "base64"),
      }),
    );
    // What it exports was checked when it was bundled.
    const code = { content, mainModule, files: modules };
    const bundle: Bundle = { ...code, exports: undefined, compiledBy: undefined, sha256: hashOf(code) };
    return [[scriptName, bundle] as const];
  });
  return new Map(scripts);
}
