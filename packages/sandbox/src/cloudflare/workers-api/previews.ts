import * as v from "valibot";
import type { Json } from "../../store/store.ts";
import { split } from "../scripts/bindings.ts";

const json = v.custom<Json>(() => true);

/** What a Worker's Previews begin with. Its bindings are found by their names, and called `env`. */
export const PreviewsBaseConfig = v.objectWithRest(
  { env: v.exactOptional(v.record(v.string(), v.objectWithRest({ type: v.string() }, json))) },
  json,
);

/** As it is kept and answered. There are no Previews here that would need its secrets, so these are not even kept. */
export function withoutSecrets({ env, ...rest }: v.InferOutput<typeof PreviewsBaseConfig>): Json {
  if (env === undefined) return rest;
  const shown = Object.entries(env).map(([name, binding]) => {
    const { fields } = split(name, binding.type.toLowerCase(), binding);
    return [name, { ...fields, type: binding.type }];
  });
  return { ...rest, env: Object.fromEntries(shown) };
}
