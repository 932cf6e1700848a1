import type { Loader } from "@worker-secrets/esc";
import type { PulumiHalf } from "../context.ts";
import { DEFAULT_PROJECT, revisionAt } from "./find.ts";
import { environments } from "./records.ts";
import { fullName, keyOf } from "./seal.ts";

/** Finds what definitions import, within one organization. */
export function createLoader(context: PulumiHalf, owner: string): Loader {
  return {
    load({ project = DEFAULT_PROJECT, name, version = "latest" }) {
      const environment = context.store.get(environments, [owner, project, name]);
      if (environment === undefined) return { error: `environment "${project}/${name}" not found` };
      const revision = revisionAt(context, environment, version);
      if (revision === undefined)
        return { error: `environment "${project}/${name}" has no revision or tag "${version}"` };
      return { name: fullName(environment), text: revision.text, decrypter: keyOf(context, environment) };
    },
  };
}
