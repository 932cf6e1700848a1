/** The names of one stack's three Environments, each `<project>/<name>` within the organization. */
export interface EnvironmentNames {
  /** What the stack declares and its config imports. */
  readonly definition: string;
  /** The Cloudflare account id and token. */
  readonly cloudflare: string;
  /** The Workers' secrets. */
  readonly secrets: string;
}

/** Names out of the config key `environments`; each may be left out. */
export interface ConfiguredNames {
  readonly stack?: string | undefined;
  readonly cloudflare?: string | undefined;
  readonly secrets?: string | undefined;
}

/** The one source of these names. Without config: `<project>/<stack>`, `<project>/<stack>-cloudflare`, `…-secrets`. */
export function environmentNames(
  project: string,
  stack: string,
  configured: ConfiguredNames = {},
): EnvironmentNames {
  const usual = `${project}/${stack}`;
  return {
    definition: configured.stack ?? usual,
    cloudflare: configured.cloudflare ?? `${usual}-cloudflare`,
    secrets: configured.secrets ?? `${usual}-secrets`,
  };
}

/** Name of the providers that serve the stack's own resources: part of their URNs, which others may rely on. */
export const PROVIDER_NAME = "worker-secrets";

/** The longest script name that still makes a DNS label, which a workers.dev host needs. */
const MAX_SCRIPT_NAME = 63;

/** Why a script name is refused, or `undefined`. Stricter than the API's 10016 so that a URL always works. */
export function scriptNameFault(name: string): string | undefined {
  if (name === "") return "the script name is empty";
  if (name.length > MAX_SCRIPT_NAME) {
    return `the script name '${name}' has ${name.length} characters; a workers.dev host takes at most ${MAX_SCRIPT_NAME}`;
  }
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name)) {
    return `the script name '${name}' may only hold lower-case letters, digits and inner dashes`;
  }
  return undefined;
}

/** Whether a text names one revision of an Environment: by its number, or by a tag. */
export function isRevision(text: string): boolean {
  return /^([1-9]\d*|[A-Za-z_][\w.-]*)$/.test(text);
}
