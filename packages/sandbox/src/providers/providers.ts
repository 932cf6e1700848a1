import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { CloudflareClient } from "./cloudflare-client.ts";
import { cloudflareTypes } from "./cloudflare-types.ts";
import type { Environment } from "./place.ts";
import { type Properties, plain, plainProperties, secret, UNKNOWN } from "./properties.ts";
import { PulumiClient } from "./pulumi-client.ts";
import { pulumiTypes } from "./pulumi-types.ts";
import type { Provider } from "./resource.ts";

const require = createRequire(import.meta.url);

/** The SDK's own version: it is what the program asks the engine for. */
function sdkVersion(name: string): string {
  return (
    JSON.parse(readFileSync(require.resolve(`@pulumi/${name}/package.json`), "utf8")) as { version: string }
  ).version;
}

function text(inputs: Properties, name: string): string | undefined {
  const value = plain(inputs[name] ?? null);
  return typeof value === "string" && value !== "" && value !== UNKNOWN ? value : undefined;
}

const API_TOKEN = /^[0-9A-Za-z\-_]{40,80}$/;

function cloudflare(): Provider {
  const version = sdkVersion("cloudflare");
  return {
    name: "cloudflare",
    version,
    acceptsSecrets: false,
    checkConfig(inputs) {
      const token = inputs.apiToken;
      return token === undefined || token === null ? inputs : { ...inputs, apiToken: secret(token) };
    },
    configure(inputs, environment, signal) {
      const token = text(inputs, "apiToken");
      // Only a token that is given as an argument is looked at; one from the environment is taken as it is.
      if (token !== undefined && !API_TOKEN.test(token)) {
        throw new Error(
          "invalid provider configuration: API tokens must be 40 to 80 characters and only contain characters " +
            "a-z, A-Z, 0-9, hyphens and underscores",
        );
      }
      const client = new CloudflareClient({
        baseUrl:
          text(inputs, "baseUrl") ??
          (environment.CLOUDFLARE_BASE_URL || "https://api.cloudflare.com/client/v4"),
        token: token ?? environment.CLOUDFLARE_API_TOKEN,
        userAgent: `terraform-provider-cloudflare/stand-in-for-${version} terraform-plugin-framework`,
        signal,
      });
      return cloudflareTypes(client);
    },
  };
}

function pulumiservice(): Provider {
  return {
    name: "pulumiservice",
    version: sdkVersion("pulumiservice"),
    acceptsSecrets: true,
    /** The real one writes the address into the provider's inputs, so it is in the state. */
    checkConfig(inputs, environment) {
      const apiUrl = text(inputs, "apiUrl") ?? apiUrlOf(environment);
      const token = inputs.accessToken;
      return { ...inputs, apiUrl, ...(token === undefined ? {} : { accessToken: secret(token) }) };
    },
    configure(marked, environment, signal) {
      const inputs = plainProperties(marked);
      const token =
        text(inputs, "accessToken") ?? (environment.PULUMI_ACCESS_TOKEN || storedToken(environment));
      if (!token) throw new Error("pulumi access token not found");
      const client = new PulumiClient({
        apiUrl: text(inputs, "apiUrl") ?? apiUrlOf(environment),
        token,
        signal,
      });
      return pulumiTypes(client);
    },
  };
}

function apiUrlOf(environment: Environment): string {
  return environment.PULUMI_BACKEND_URL || environment.PULUMI_API || "https://api.pulumi.com";
}

/** That of `pulumi login`, in the clear form of the file. */
function storedToken(environment: Environment): string | undefined {
  const folder =
    environment.PULUMI_CREDENTIALS_PATH ||
    environment.PULUMI_HOME ||
    join(environment.HOME || homedir(), ".pulumi");
  try {
    const stored = JSON.parse(readFileSync(join(folder, "credentials.json"), "utf8")) as {
      current?: string;
      accessTokens?: Record<string, string>;
    };
    return stored.accessTokens?.[stored.current ?? ""];
  } catch {
    return undefined;
  }
}

export const PROVIDER_NAMES = ["cloudflare", "pulumiservice"] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];

export function createProvider(name: ProviderName): Provider {
  return name === "cloudflare" ? cloudflare() : pulumiservice();
}
