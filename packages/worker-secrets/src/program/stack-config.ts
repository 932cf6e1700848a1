import * as pulumi from "@pulumi/pulumi";
import { DEFINITION_KEYS, type GivenKeys, NAMESPACE } from "./config-keys.ts";

/** What the program is told from outside: config, the stack's own names, and the process environment. */
export interface StackConfig extends GivenKeys {
  /** The organization that the stack lives in. */
  readonly organization: string;
  /** The raw text of `worker-secrets:<key>`. */
  get(key: string): string | undefined;
  /** The raw text of a secret `worker-secrets:<key>`. */
  getSecret(key: string): Promise<string | undefined>;
  /** The raw text of `<provider>:<key>`, which the provider's plugin would be configured by. */
  provider(provider: string, key: string): string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The running stack's config. The imported Environment's `pulumiConfig` is merged in by the engine. */
export function readStackConfig(): StackConfig {
  const project = pulumi.getProject();
  const keys = keysOf(NAMESPACE);
  const formerKeys = project === NAMESPACE ? [] : keysOf(project);
  const own = new pulumi.Config(NAMESPACE);
  // Goes at 1.0: a definition that was stored, or pinned, before version 0.2 has the project's name as the namespace.
  const isFormer = !keys.includes("digest") && formerKeys.includes("digest");
  const definition = isFormer ? new pulumi.Config(project) : own;
  const holding = (key: string) => (DEFINITION_KEYS.some((one) => one === key) ? definition : own);
  return {
    project,
    stack: pulumi.getStack(),
    organization: pulumi.getOrganization(),
    keys,
    formerKeys,
    get: (key) => holding(key).get(key),
    getSecret: (key) => settled(holding(key).getSecret(key)),
    provider: (provider, key) => new pulumi.Config(provider).get(key),
    env: process.env,
  };
}

function keysOf(namespace: string): string[] {
  return Object.keys(pulumi.runtime.allConfig()).flatMap((key) =>
    key.startsWith(`${namespace}:`) ? [key.slice(namespace.length + 1)] : [],
  );
}

/** A config value is always known, so its promise settles before anything is registered. */
function settled<T>(output: pulumi.Output<T> | undefined): Promise<T | undefined> {
  if (output === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
