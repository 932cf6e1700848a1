import * as pulumi from "@pulumi/pulumi";

/** What the program is told from outside: config, the stack's own names, and the process environment. */
export interface StackConfig {
  readonly project: string;
  readonly stack: string;
  /** The organization that the stack lives in. */
  readonly organization: string;
  /** The keys of the project's own namespace, those out of an imported Environment's `pulumiConfig` among them. */
  readonly keys: readonly string[];
  /** The raw text of `<project>:<key>`. */
  get(key: string): string | undefined;
  /** The raw text of a secret `<project>:<key>`. */
  getSecret(key: string): Promise<string | undefined>;
  /** The raw text of `<provider>:<key>`, which the provider's plugin would be configured by. */
  provider(provider: string, key: string): string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The running stack's config. The imported Environment's `pulumiConfig` is merged in by the engine. */
export function readStackConfig(): StackConfig {
  const config = new pulumi.Config();
  const project = pulumi.getProject();
  return {
    project,
    stack: pulumi.getStack(),
    organization: pulumi.getOrganization(),
    keys: Object.keys(pulumi.runtime.allConfig()).flatMap((key) =>
      key.startsWith(`${project}:`) ? [key.slice(project.length + 1)] : [],
    ),
    get: (key) => config.get(key),
    getSecret: (key) => settled(config.getSecret(key)),
    provider: (provider, key) => new pulumi.Config(provider).get(key),
    env: process.env,
  };
}

/** A config value is always known, so its promise settles before anything is registered. */
function settled<T>(output: pulumi.Output<T> | undefined): Promise<T | undefined> {
  if (output === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
