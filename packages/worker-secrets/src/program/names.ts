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

/** The longest script name that still makes a DNS label, which a workers.dev host needs, and the API's own limit. */
const MAX_HOST_NAME = 63;
const MAX_SCRIPT_NAME = 255;

/**
 * Why a script name is refused, or `undefined`. Where the Worker has a workers.dev host, stricter than the API's 10016 so that the URL
 * works.
 *
 * @param hasHost - whether its workers.dev address or its preview URLs are on
 */
export function scriptNameFault(name: string, hasHost = true): string | undefined {
  if (name === "") return "the script name is empty";
  const most = hasHost ? MAX_HOST_NAME : MAX_SCRIPT_NAME;
  if (name.length > most) {
    return `the script name '${name}' has ${name.length} characters; ${hasHost ? "a workers.dev host" : "the API"} takes at most ${most}`;
  }
  if (!hasHost) {
    if (/^[a-z0-9_][a-z0-9_-]*$/.test(name)) return undefined;
    return `the script name '${name}' may only hold lower-case letters, digits, underscores and dashes, and does not begin with a dash`;
  }
  if (/^[a-z0-9_][a-z0-9_-]*$/.test(name) && name.includes("_")) {
    return `the script name '${name}' has a '_', which no workers.dev host may hold: without 'workers_dev' and 'preview_urls' it is taken`;
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
