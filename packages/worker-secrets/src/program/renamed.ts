import type { Fault } from "../faults.ts";
import { type EnvironmentNames, environmentNames } from "./names.ts";

/** A stack whose Environments still have the name that it had before `pulumi stack rename`. */
export interface Renamed {
  readonly project: string;
  /** Its name now. */
  readonly stack: string;
  /** The names that its Environments should have. */
  readonly names: EnvironmentNames;
  /** The name that its Environments have. */
  readonly before: string;
  /** The scripts of its Workers, as the stored definition names them. */
  readonly scripts: readonly string[];
}

/**
 * The names of a stack's Environments and, by default, of its Workers' scripts follow the stack's name, and the service
 * can rename none of them. So the program goes on under neither name until a person has chosen.
 */
export function renamedFault({ project, stack, names: to, before, scripts }: Renamed): Fault {
  const usual = environmentNames(project, stack);
  const earlier = environmentNames(project, before);
  // A configured name does not follow the stack's.
  const from = {
    definition: earlier.definition,
    cloudflare: to.cloudflare === usual.cloudflare ? earlier.cloudflare : to.cloudflare,
    secrets: to.secrets === usual.secrets ? earlier.secrets : to.secrets,
  };
  const clones = (["cloudflare", "secrets"] as const)
    .filter((key) => from[key] !== to[key])
    .map(
      (key) =>
        `pulumi env clone ${from[key]} ${to[key]} --preserve-history --preserve-rev-tags --preserve-access; `,
    );
  const kept =
    scripts.length === 0
      ? "'scriptName' of each Worker in the stack's config"
      : `'scriptName' of each Worker in the stack's config: ${scripts.join(", ")}`;
  return {
    where: `the stack '${stack}'`,
    what: `it was renamed: its Environments are still ${from.definition}, ${from.cloudflare} and ${from.secrets}, which hold its values, and ${to.definition} is not there`,
    fix: `Take the old name back, which changes nothing else: pulumi stack rename ${before} --stack ${stack}. Or move to the new one: keep the scripts by ${kept}; ${clones.join("")}npx worker-secrets init ${stack}; pulumi preview. Keep the old Environments until the first 'pulumi up' has deployed from the new ones.`,
  };
}
