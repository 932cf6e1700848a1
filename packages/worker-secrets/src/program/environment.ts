import { type ProviderResource, type Resource, rootStackResource } from "@pulumi/pulumi";
import type { Environment as EnvironmentResource } from "@pulumi/pulumiservice/api/esc/environment.js";
import { declaredYaml } from "./definition.ts";
import type { Observed } from "./observe.ts";
import { sdkModule } from "./sdk-module.ts";
import type { Settings } from "./settings.ts";

const { Environment } = sdkModule("@pulumi/pulumiservice/api/esc/environment", "Environment");

/**
 * The stack's Environment as a resource. The engine opened it before the program ran, so it exists and is adopted by
 * `import`; after the first `up` that is a no-op. Destroying the stack keeps it, because the next command has to
 * open it again: `teardown` removes it.
 *
 * `pulumiservice.api.esc.Environment`, not `pulumiservice.Environment`: the latter (1.3.0) takes any read error for
 * a deletion, hides update errors, and shows a change after every refresh.
 */
export function declareEnvironment(
  resourceName: string,
  { organization, names, definition }: Settings,
  observed: Observed,
  { parent, provider }: { readonly parent: Resource; readonly provider: ProviderResource },
): EnvironmentResource {
  const [project = "", name = ""] = names.definition.split("/");
  return new Environment(
    resourceName,
    {
      orgName: organization,
      project,
      name,
      yaml: declaredYaml(definition, observed.storedDefinition, observed.looseParts),
    },
    {
      parent,
      provider,
      import: `${organization}/${names.definition}`,
      retainOnDelete: true,
      // Up to 0.1 it was a resource of the stack itself.
      aliases: [{ name: "environment", parent: rootStackResource }],
    },
  );
}
