import type { Provider as CloudflareProvider } from "@pulumi/cloudflare/provider.js";
import type { Provider as PulumiServiceProvider } from "@pulumi/pulumiservice/provider.js";
import { PROVIDER_NAME } from "./names.ts";
import { sdkModule } from "./sdk-module.ts";

const cloudflare = sdkModule("@pulumi/cloudflare/provider", "Provider");
const pulumiservice = sdkModule("@pulumi/pulumiservice/provider", "Provider");

/**
 * The providers of the stack's own resources, one for each plugin. They have no arguments: the plugins read
 * `CLOUDFLARE_API_TOKEN` (from the imported Environment), `PULUMI_ACCESS_TOKEN` and the addresses from their environment,
 * so no state holds any of it, and `cloudflare:` or `pulumiservice:` config is left to the program's other resources.
 *
 * Resources that an older version deployed with the default provider keep their identity: the engine asks `DiffConfig` of
 * the new provider, and both plugins never ask for a replacement there (pulumi-terraform-bridge replaces only for a
 * property with `ForcesProviderReplace`, which Cloudflare's has none of; pulumiservice reports plain updates).
 */
export interface OwnProviders {
  readonly cloudflare: CloudflareProvider;
  readonly pulumiservice: PulumiServiceProvider;
}

/** Registers both; once in a program. */
export function declareProviders(): OwnProviders {
  return {
    cloudflare: new cloudflare.Provider(PROVIDER_NAME),
    pulumiservice: new pulumiservice.Provider(PROVIDER_NAME),
  };
}
