import { bearer, type Credential, credentialFault, pulumiToken } from "../api/credential.ts";
import { HOST_FIX, hostFault, worldFault, worldOfUrl } from "../api/worlds.ts";
import type { Fault } from "../faults.ts";

/** Where the two clouds are, and what opens them. */
export interface Endpoints {
  readonly pulumi: { readonly url: string; readonly token: Credential };
  readonly cloudflare: { readonly url: string; readonly token: Credential };
}

export const PULUMI_CLOUD = "https://api.pulumi.com";
export const CLOUDFLARE = "https://api.cloudflare.com/client/v4";

/**
 * Reads the endpoints from the variables that the CLI and the providers use themselves. The CLI hands `PULUMI_API`
 * and `PULUMI_ACCESS_TOKEN` to the program; `CLOUDFLARE_API_TOKEN` comes out of the imported Environment.
 *
 * `environment` is the name of the value Environment that holds the deploy token.
 *
 * All of it has to be of one world: a real token never goes to loopback, the sandbox's never to the real services.
 */
export function readEndpoints(
  env: Readonly<Record<string, string | undefined>>,
  environment: string,
  faults: Fault[],
): Endpoints | undefined {
  const before = faults.length;
  const pulumi = pulumiUrl(env, faults);
  const cloudflare = urlOf(env.CLOUDFLARE_BASE_URL ?? CLOUDFLARE, "CLOUDFLARE_BASE_URL", env, faults);
  const accessText = accessToken(env, faults);
  const deployText = env.CLOUDFLARE_API_TOKEN;
  if (deployText === undefined || deployText === "") {
    faults.push({
      where: "CLOUDFLARE_API_TOKEN",
      what: "the imported Environment gave no deploy token",
      fix: `Store it: pulumi env set ${environment} environmentVariables.CLOUDFLARE_API_TOKEN --secret -f -`,
    });
  } else if (!/^[0-9A-Za-z_-]{40,80}$/.test(deployText)) {
    faults.push({
      where: "CLOUDFLARE_API_TOKEN",
      what: `the deploy token has the wrong form (${deployText.length} characters; Cloudflare's have 40 to 80 letters, digits, _ or -)`,
      fix: `Store a right one: pulumi env set ${environment} environmentVariables.CLOUDFLARE_API_TOKEN --secret -f -`,
    });
  }
  if (pulumi !== undefined && cloudflare !== undefined && isLoopback(pulumi) !== isLoopback(cloudflare)) {
    const [local, remote] = isLoopback(pulumi)
      ? ["PULUMI_API", "CLOUDFLARE_BASE_URL"]
      : ["CLOUDFLARE_BASE_URL", "PULUMI_API"];
    faults.push({
      where: `${local} and ${remote}`,
      what: `${local} points at this machine and ${remote} at the real service; tokens of one world must not reach the other`,
      fix: "Set both to the sandbox (see 'npx worker-secrets sandbox'), or unset both.",
    });
  }
  for (const [name, token, url, fix] of [
    [
      "PULUMI_ACCESS_TOKEN",
      accessText,
      pulumi,
      "Log in there: pulumi login (the sandbox prints its variables)",
    ],
    [
      "CLOUDFLARE_API_TOKEN",
      deployText,
      cloudflare,
      `Store one of that world: pulumi env set ${environment} environmentVariables.CLOUDFLARE_API_TOKEN --secret -f -`,
    ],
  ] as const) {
    const what = url === undefined ? undefined : worldFault(token ?? "", trimmed(url));
    if (what !== undefined) faults.push({ where: name, what, fix });
  }
  if (faults.length > before || pulumi === undefined || cloudflare === undefined) return undefined;
  return {
    pulumi: { url: trimmed(pulumi), token: pulumiToken(accessText) },
    cloudflare: { url: trimmed(cloudflare), token: bearer(deployText ?? "") },
  };
}

/** Pulumi Cloud alone, for a program that has nothing to do with Cloudflare. */
export function readPulumiEndpoint(
  env: Readonly<Record<string, string | undefined>>,
  faults: Fault[],
): Endpoints["pulumi"] | undefined {
  const url = pulumiUrl(env, faults);
  const token = accessToken(env, faults);
  return url === undefined || token === "" ? undefined : { url: trimmed(url), token: pulumiToken(token) };
}

function pulumiUrl(env: Readonly<Record<string, string | undefined>>, faults: Fault[]): URL | undefined {
  return urlOf(env.PULUMI_API ?? env.PULUMI_BACKEND_URL ?? PULUMI_CLOUD, "PULUMI_API", env, faults);
}

function accessToken(env: Readonly<Record<string, string | undefined>>, faults: Fault[]): string {
  const token = env.PULUMI_ACCESS_TOKEN ?? "";
  if (token === "") {
    faults.push({
      where: "PULUMI_ACCESS_TOKEN",
      what: "the program was started without Pulumi Cloud's token, so nobody is logged in, or the state is not kept in Pulumi Cloud (ESC needs it)",
      fix: "Run: pulumi login",
    });
    return token;
  }
  const wrong = credentialFault(token);
  if (wrong !== undefined)
    faults.push({
      where: "PULUMI_ACCESS_TOKEN",
      what: `${wrong}; it was not sent`,
      fix: "Set the token alone, or run: pulumi login",
    });
  return token;
}

function urlOf(
  text: string,
  variable: string,
  env: Readonly<Record<string, string | undefined>>,
  faults: Fault[],
): URL | undefined {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) {
    const url = new URL(text);
    const what = hostFault(url, env.WORKER_SECRETS_HOSTS);
    if (what === undefined) return url;
    faults.push({ where: variable, what: `${what}; nothing was sent there`, fix: HOST_FIX });
    return undefined;
  }
  // Somebody may have written a password into it.
  const shown = text.replace(/\/\/.*@/, "//…@");
  faults.push(
    variable === "PULUMI_API"
      ? {
          where: variable,
          what: `'${shown}' is not an http(s) URL: a state backend other than Pulumi Cloud can't be used, ESC needs it`,
          fix: "Run 'pulumi login', or set the variable to the service's URL.",
        }
      : {
          where: variable,
          what: `'${shown}' is not an http(s) URL, so Cloudflare's API can't be called`,
          fix: `Unset the variable for the real API (${CLOUDFLARE}), or take the sandbox's: npx worker-secrets sandbox prints it.`,
        },
  );
  return undefined;
}

function trimmed(url: URL): string {
  return url.href.replace(/\/+$/, "");
}

export function isLoopback(url: URL): boolean {
  return worldOfUrl(url) === "sandbox";
}
