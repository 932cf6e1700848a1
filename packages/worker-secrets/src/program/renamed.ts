import type { Fault } from "./faults.ts";
import { environmentNames } from "./names.ts";

/** A stack whose Environments still have the name that it had before `pulumi stack rename`. */
export interface Renamed {
  readonly project: string;
  /** Its name now. */
  readonly stack: string;
  /** The name that its Environments have. */
  readonly before: string;
  /** The scripts of its Workers, as the stored definition names them. */
  readonly scripts: readonly string[];
}

/**
 * The names of a stack's Environments and, by default, of its Workers' scripts follow the stack's name, and the service
 * can rename none of them. So the program goes on under neither name until a person has chosen.
 */
export function renamedFault({ project, stack, before, scripts }: Renamed): Fault {
  const from = environmentNames(project, before);
  const to = environmentNames(project, stack);
  const clones = [
    [from.cloudflare, to.cloudflare],
    [from.secrets, to.secrets],
  ].map(
    ([old, now]) => `pulumi env clone ${old} ${now} --preserve-history --preserve-rev-tags --preserve-access`,
  );
  const kept =
    scripts.length === 0
      ? "'scriptName' of each Worker in the stack's config"
      : `'scriptName' of each Worker in the stack's config: ${scripts.join(", ")}`;
  return {
    where: `the stack '${stack}'`,
    what: `it was renamed: its Environments are still ${from.definition}, ${from.cloudflare} and ${from.secrets}, which hold its values, and ${to.definition} is not there`,
    fix: `Take the old name back, which changes nothing else: pulumi stack rename ${before} --stack ${stack}. Or move to the new one: keep the scripts by ${kept}; ${clones.join("; ")}; npm run -s ws -- init ${stack}; pulumi preview. Keep the old Environments until the first 'pulumi up' has deployed from the new ones.`,
  };
}
