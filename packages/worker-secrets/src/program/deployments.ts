import type { ProviderResource, Resource } from "@pulumi/pulumi";
import { sdkModule } from "./sdk-module.ts";
import type { Settings } from "./settings.ts";

/**
 * What Pulumi Deployments does for the stack, where the key `deployments` says so. Registers nothing without it, and loads the
 * SDK's modules only then. The schedules come after the settings: the service refuses one for a stack that has none.
 */
export async function declareDeployments(
  { deployments, stackOrganization: organization, project, stack }: Settings,
  provider: ProviderResource,
): Promise<Resource[]> {
  if (deployments === undefined) return [];
  const { repository, branch, paths, deployCommits, previewPullRequests, image } = deployments;
  const { DeploymentSettings } = sdkModule("@pulumi/pulumiservice/deploymentSettings", "DeploymentSettings");
  const of = { organization, project, stack };
  const settings = new DeploymentSettings(
    "deployments",
    {
      ...of,
      sourceContext: { git: { branch: `refs/heads/${branch}` } },
      github: {
        repository,
        deployCommits,
        previewPullRequests,
        // Review stacks have Environments of their own, which a template's copies would not get: review.yml makes them.
        pullRequestTemplate: false,
        ...(paths.length === 0 ? {} : { paths: [...paths] }),
      },
      operationContext: {
        // In the place of the service's own installation, which runs the packages' scripts beside the token.
        preRunCommands: ["npm ci --ignore-scripts --no-audit --no-fund"],
        options: { skipInstallDependencies: true },
      },
      ...(image === undefined ? {} : { executorContext: { executorImage: image } }),
    },
    { provider },
  );
  const declared: Resource[] = [settings];
  const after = { dependsOn: [settings], provider };
  if (deployments.driftCron !== undefined) {
    const { DriftSchedule } = sdkModule("@pulumi/pulumiservice/driftSchedule", "DriftSchedule");
    const { driftCron: scheduleCron, driftRemediate: autoRemediate } = deployments;
    declared.push(new DriftSchedule("drift", { ...of, scheduleCron, autoRemediate }, after));
  }
  if (deployments.ttl !== undefined) {
    const { TtlSchedule } = sdkModule("@pulumi/pulumiservice/ttlSchedule", "TtlSchedule");
    declared.push(
      new TtlSchedule("ttl", { ...of, timestamp: deployments.ttl, deleteAfterDestroy: true }, after),
    );
  }
  return declared;
}
