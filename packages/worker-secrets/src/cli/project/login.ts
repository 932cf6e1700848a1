import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { type Credential, credentialFault, pulumiToken } from "../../api/credential.ts";
import { HOST_FIX, hostFault, worldFault } from "../../api/worlds.ts";
import { FaultsError } from "../../faults.ts";
import { PULUMI_CLOUD } from "../../program/endpoints.ts";
import { pulumiHome } from "./pulumi-home.ts";

/** Where the Pulumi CLI is logged in. */
export interface Login {
  /** The service's root address without a slash at its end: the CLI's own key for credentials and selections. */
  readonly url: string;
  /** The access token. */
  readonly token: Credential;
  /** The organization that `PULUMI_DEFAULT_ORGANIZATION` or `pulumi org set-default` names. */
  readonly organization: string | undefined;
}

const credentialsFile = v.object({
  current: v.optional(v.string()),
  accessTokens: v.optional(v.record(v.string(), v.string()), {}),
});

const configFile = v.object({
  backends: v.optional(v.record(v.string(), v.object({ defaultOrg: v.optional(v.string()) })), {}),
});

/**
 * The CLI's login, in the CLI's order (pkg/v3 `GetCurrentCloudURL`, `ValueOrDefaultURL`): the variables first, then the
 * project's file, then the file of `pulumi login`. Throws a `FaultsError` where nobody is logged in.
 *
 * @param backend `backend.url` of the project's file
 */
export function readLogin(backend: string | undefined, env: NodeJS.ProcessEnv): Login {
  const folder = env.PULUMI_CREDENTIALS_PATH || pulumiHome(env);
  const stored = v.safeParse(credentialsFile, readJson(join(folder, "credentials.json")));
  const { current, accessTokens } = stored.success ? stored.output : { current: undefined, accessTokens: {} };
  const named = env.PULUMI_BACKEND_URL || backend || current || env.PULUMI_API || PULUMI_CLOUD;
  if (!/^https?:\/\//.test(named) || !URL.canParse(named)) {
    throw new FaultsError([
      {
        where: "the state backend",
        // Somebody may have written a password into it.
        what: `'${named.replace(/\/\/.*@/, "//…@")}' is no address of a Pulumi Cloud: it keeps state outside Pulumi Cloud, and ESC needs Pulumi Cloud`,
        fix: "Run: pulumi login (or pulumi login https://your.pulumi.cloud for a self-hosted one)",
      },
    ]);
  }
  const refused = hostFault(new URL(named), env.WORKER_SECRETS_HOSTS);
  if (refused !== undefined)
    throw new FaultsError([
      { where: "the state backend", what: `${refused}; nothing was sent there`, fix: HOST_FIX },
    ]);
  const url = named.replace(/\/+$/, "");
  const token = env.PULUMI_ACCESS_TOKEN || accessTokens[url];
  if (token === undefined || token === "") {
    const fix = "Run: pulumi login, or set PULUMI_ACCESS_TOKEN";
    throw new FaultsError([{ where: named, what: "nobody is logged in there", fix }]);
  }
  const where = env.PULUMI_ACCESS_TOKEN ? "PULUMI_ACCESS_TOKEN" : `the login of ${named}`;
  const wrong = credentialFault(token);
  if (wrong !== undefined)
    throw new FaultsError([
      { where, what: `${wrong}; it was not sent`, fix: "Set the token alone, or run: pulumi login" },
    ]);
  const otherWorld = worldFault(token, named);
  if (otherWorld !== undefined) {
    throw new FaultsError([
      {
        where,
        what: otherWorld,
        fix: "Set the variables of one world (npx worker-secrets sandbox prints the sandbox's), or unset them all.",
      },
    ]);
  }
  return {
    url,
    token: pulumiToken(token),
    organization: env.PULUMI_DEFAULT_ORGANIZATION || configured(folder, url),
  };
}

function configured(folder: string, url: string): string | undefined {
  const config = v.safeParse(configFile, readJson(join(folder, "config.json")));
  return config.success ? config.output.backends[url]?.defaultOrg || undefined : undefined;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as unknown;
  } catch {
    return undefined;
  }
}
