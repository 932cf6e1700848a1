import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./stack-config.ts";

/** A resource of the program that leaves its provider to the engine. */
export interface OnDefaultProvider {
  /** `cloudflare:index/r2Bucket:R2Bucket`. */
  readonly type: string;
  readonly name: string;
}

/** How many are named; the rest is counted. */
const NAMED = 5;

/**
 * What a preview says of Cloudflare resources that are not the stack's own and have no provider of their own. The CLI exports
 * the imported Environment's `CLOUDFLARE_API_TOKEN` to every plugin, and the default provider takes each credential from
 * config, else from its variable (terraform-provider-cloudflare 5.22, `internal/provider.go`). `undefined`: nothing to say.
 */
function credentialWarning(
  resources: readonly OnDefaultProvider[],
  { provider, stack }: Pick<StackConfig, "provider" | "stack">,
  environment: string,
): string | undefined {
  if (resources.length === 0 || provider("cloudflare", "apiToken") !== undefined) return undefined;
  const names = resources
    .slice(0, NAMED)
    .map(({ type, name }) => `'${name}' (${type.slice(type.lastIndexOf(":") + 1)})`);
  if (resources.length > NAMED) names.push(`${resources.length - NAMED} more`);
  const other = ["apiKey", "apiUserServiceKey"].find((key) => provider("cloudflare", key) !== undefined);
  const effect =
    other === undefined
      ? `its credential is the deploy token that the Environment ${environment} exports as CLOUDFLARE_API_TOKEN, whatever your shell has`
      : `it sends the deploy token that the Environment ${environment} exports as CLOUDFLARE_API_TOKEN beside cloudflare:${other}`;
  return `Cloudflare's default provider serves other resources of this program: ${names.join(", ")}. While the stack imports its Environment, ${effect}. To keep a credential of their own: pulumi config set --secret cloudflare:apiToken --stack ${stack}, or pass them a provider with an 'apiToken'. To have them use the deploy token: pass them a 'new cloudflare.Provider(NAME)' without arguments.`;
}

/**
 * Warns once what the program has registered by then is known, in a preview as well. `after` is the URN of the stack's own
 * last resource, so what a program declares in the same turn is seen too.
 */
export function warnOfDefaultProvider(
  config: Pick<StackConfig, "provider" | "stack">,
  environment: string,
  after: pulumi.Output<string>,
): void {
  after.apply(() => {
    const warning = credentialWarning(onDefaultProvider(), config, environment);
    return warning === undefined ? undefined : pulumi.log.warn(warning);
  });
}

/** The part of the SDK's resources that tells it; private there, so anything else than expected counts as nothing. */
interface Node {
  readonly __pulumiType?: unknown;
  readonly __name?: unknown;
  readonly __prov?: unknown;
  readonly __childResources?: unknown;
}

function onDefaultProvider(): OnDefaultProvider[] {
  const found: OnDefaultProvider[] = [];
  const visit = (node: Node): void => {
    const { __pulumiType: type, __name: name, __prov: provider, __childResources: children } = node;
    if (typeof type === "string" && type.startsWith("cloudflare:") && provider === undefined)
      found.push({ type, name: String(name) });
    if (children instanceof Set) for (const child of children) visit(child as Node);
  };
  const root = pulumi.runtime.getStackResource();
  if (root !== undefined) visit(root as Node);
  return found;
}
