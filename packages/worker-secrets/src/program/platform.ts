import type { ProviderResource } from "@pulumi/pulumi";
import { pulumiClient } from "../api/pulumi.ts";
import { type Fault, refuseIfAny } from "../faults.ts";
import { CONFIG_KEYS, keyNameFaults, NAMESPACE, warnOfOtherKeys } from "./config-keys.ts";
import { readPulumiEndpoint } from "./endpoints.ts";
import { environmentNames, PROVIDER_NAME } from "./names.ts";
import { type ManagedStack, parsePlatform } from "./platform-config.ts";
import { ownedBy } from "./protection/owned.ts";
import { asRunError } from "./run-error.ts";
import { sdkModule } from "./sdk-module.ts";
import { readStackConfig, type StackConfig } from "./stack-config.ts";

/**
 * Declares what the config key `platform` lists: protection, tags, rotation schedules and team permissions of the other stacks'
 * Environments. Such a stack has no Worker and a Pulumi token of its own, with rights that the other stacks' pipelines lack.
 *
 * @returns the stack's outputs, `{ environments: ["PROJECT/NAME", …] }`; `undefined` where the config has no key `platform`
 * @throws `pulumi.RunError`: one message that lists every problem
 */
export function platform(): Promise<Record<string, unknown> | undefined> {
  return asRunError(async () => {
    const config = readStackConfig();
    const raw = config.get(CONFIG_KEYS.platform);
    if (raw === undefined) return undefined;
    await warnOfOtherKeys(config);
    return declarePlatform(config, raw);
  });
}

async function declarePlatform(config: StackConfig, raw: string): Promise<Record<string, unknown>> {
  const faults = keyNameFaults(config);
  const stacks = parsePlatform(
    raw,
    `Pulumi.${config.stack}.yaml, ${NAMESPACE}:${CONFIG_KEYS.platform}`,
    faults,
  );
  const pulumi = readPulumiEndpoint(config.env, faults);
  refuseIfAny(faults);
  const organization = config.get(CONFIG_KEYS.organization) ?? config.organization;
  const managed = stacks.flatMap((one) => environmentsOf(config, one));
  if (pulumi !== undefined) {
    const state = pulumiClient(pulumi.url, pulumi.token, config.organization);
    refuseIfAny(workersIn(await state.exportStack(config.project, config.stack), config));
    const client = pulumiClient(pulumi.url, pulumi.token, organization);
    const there = await Promise.all(managed.map(({ full }) => client.environment(full)));
    refuseIfAny(
      managed
        .filter((_, index) => there[index] === undefined)
        .map(({ full, of }) => ({
          where: `Environment ${full}`,
          what: "it is not there, so it has no metadata to declare",
          fix: `Make it: ${of.stack === config.stack ? `pulumi env init ${full}` : `npx worker-secrets init ${of.stack}`}. Or take '${of.stack}' out of 'platform.stacks'.`,
        })),
    );
  }
  const { Provider } = sdkModule("@pulumi/pulumiservice/provider", "Provider");
  const provider = new Provider(PROVIDER_NAME);
  for (const one of managed) await declareMetadata(organization, one, provider);
  return { environments: managed.map(({ full }) => full) };
}

/** It declares no Worker, so the engine would delete those that the stack has. */
function workersIn(deployment: unknown, { stack }: StackConfig): Fault[] {
  return ownedBy(deployment).scripts.map(({ scriptName }) => ({
    where: `Worker '${scriptName}'`,
    what: `the stack ${stack} has it, and a platform stack has no Workers: this update would delete it`,
    fix: `Take ${NAMESPACE}:platform out of Pulumi.${stack}.yaml, and give the platform a stack of its own.`,
  }));
}

interface Managed {
  readonly key: "secrets" | "cloudflare";
  /** `<project>/<name>`. */
  readonly full: string;
  readonly project: string;
  readonly name: string;
  /** Of its resources: the bare name in this project, else the full one, which no other has. */
  readonly resource: string;
  readonly of: ManagedStack;
}

/** Both value Environments of a stack; of the platform's own, which has no Worker, the one that holds its token. */
function environmentsOf({ project, stack }: StackConfig, of: ManagedStack): Managed[] {
  const names = environmentNames(project, of.stack, of.environments);
  const keys = of.stack === stack ? (["cloudflare"] as const) : (["secrets", "cloudflare"] as const);
  return keys.map((key) => {
    const [within = "", name = ""] = names[key].split("/");
    const resource = within === project ? name : names[key];
    return { key, full: names[key], project: within, name, resource, of };
  });
}

async function declareMetadata(
  organization: string,
  { key, project, name, resource, full, of }: Managed,
  provider: ProviderResource,
): Promise<void> {
  const { EnvironmentSettings } = sdkModule(
    "@pulumi/pulumiservice/api/esc/environmentSettings",
    "EnvironmentSettings",
  );
  const { EnvironmentTag } = sdkModule("@pulumi/pulumiservice/api/esc/environmentTag", "EnvironmentTag");
  const rest = { orgName: organization, projectName: project, envName: name };
  // Every Environment has settings, so the provider (1.3.0) only ever adopts them; and it leaves them as they are when
  // the resource goes, so protection is taken back by 'protect: false' before a stack is taken out of the config.
  new EnvironmentSettings(
    resource,
    { ...rest, deletionProtected: of.protect },
    { import: `${organization}/${full}`, provider },
  );
  for (const [tag, value] of of.tags) {
    new EnvironmentTag(
      `${resource}/${tag}`,
      { ...rest, name: tag, value },
      // The provider's update of a tag sends neither the old nor the new one, which the service refuses.
      { replaceOnChanges: ["value"], deleteBeforeReplace: true, provider },
    );
  }
  const index = { organization, project, environment: name };
  const scheduleCron = of.rotate[key];
  if (scheduleCron !== undefined) {
    const { EnvironmentRotationSchedule } = sdkModule(
      "@pulumi/pulumiservice/environmentRotationSchedule",
      "EnvironmentRotationSchedule",
    );
    new EnvironmentRotationSchedule(resource, { ...index, scheduleCron }, { provider });
  }
  for (const [team, permissions] of of.teams) {
    const permission = permissions[key];
    if (permission === undefined) continue;
    const { TeamEnvironmentPermission } = sdkModule(
      "@pulumi/pulumiservice/teamEnvironmentPermission",
      "TeamEnvironmentPermission",
    );
    new TeamEnvironmentPermission(`${resource}/${team}`, { ...index, team, permission }, { provider });
  }
}
