import { cloudflareClient } from "../service/cloudflare.ts";
import { ServiceError } from "../service/http.ts";
import { pulumiClient } from "../service/pulumi.ts";
import { type Fault, refuseIfAny } from "./faults.ts";
import { managedNames, undeclaredSecrets } from "./ownership.ts";
import type { Settings } from "./settings.ts";

/** What is there before the stack runs. Everything is read, nothing written. */
export interface Observed {
  /** The stored text of the stack's Environment. */
  readonly storedDefinition: string | undefined;
  /** The account's workers.dev label; empty only where the Worker needs none. */
  readonly subdomain: string;
}

/**
 * Reads, side by side, the stored definition, the account's subdomain and the names of the Worker's secrets. Stops
 * with all faults at once: a token or account that does not work, and secrets that the next upload would take away
 * although this stack never put them there.
 */
export async function observe(settings: Settings): Promise<Observed> {
  const { endpoints, accountId, scriptName, organization } = settings;
  const pulumi = pulumiClient(endpoints.pulumi.url, endpoints.pulumi.token, organization);
  const cloudflare = cloudflareClient(endpoints.cloudflare.url, endpoints.cloudflare.token);
  const [stored, subdomain, secretNames] = await Promise.allSettled([
    pulumi.environment(settings.definition.name),
    cloudflare.subdomain(accountId),
    cloudflare.secretNames(accountId, scriptName),
  ]);

  const faults: Fault[] = [];
  if (stored.status === "rejected") faults.push(pulumiFault(settings, stored.reason));
  const refused = [subdomain, secretNames].find((result) => result.status === "rejected");
  if (refused !== undefined)
    faults.push(await cloudflareFault(settings, refused.reason, () => cloudflare.tokenStatus(accountId)));
  if (subdomain.status === "fulfilled" && subdomain.value === undefined && settings.worker.workersDev) {
    faults.push({
      where: `Cloudflare account ${accountId}`,
      what: "it has no workers.dev subdomain yet, and the Worker is to be served there",
      fix: "Register one in the dashboard (Workers & Pages), or set 'workers_dev: false' in wrangler.jsonc.",
    });
  }
  if (secretNames.status === "fulfilled" && secretNames.value !== undefined) {
    const others = undeclaredSecrets(secretNames.value, settings.worker.requiredSecrets);
    // Only then is the state read: a name that was taken out of the declaration is ours to delete.
    const ours =
      others.length === 0
        ? []
        : managedNames(await pulumi.exportStack(settings.project, settings.stack), scriptName);
    for (const name of others.filter((other) => !ours.includes(other)))
      faults.push(undeclaredFault(settings, name));
  }
  refuseIfAny(faults);
  return {
    storedDefinition: stored.status === "fulfilled" ? stored.value?.yaml : undefined,
    subdomain: (subdomain.status === "fulfilled" ? subdomain.value : undefined) ?? "",
  };
}

function undeclaredFault({ scriptName, worker }: Settings, name: string): Fault {
  return {
    where: `secret '${name}' of the Worker '${scriptName}'`,
    what: "somebody else put it there; nobody declared it, so the next upload would delete it",
    fix: `Declare it at ${worker.whereIs(["secrets", "required"])} and give it a value, or delete it: npx wrangler secret delete ${name} --name ${scriptName}`,
  };
}

function pulumiFault({ definition, endpoints }: Settings, reason: unknown): Fault {
  if (!(reason instanceof ServiceError)) throw reason;
  return {
    where: `Environment ${definition.name}`,
    what: `Pulumi Cloud (${endpoints.pulumi.url}) would not show it: ${reason.message}`,
    fix: "Check the login and its rights: pulumi whoami -v",
  };
}

/** The API's own words for a bad token are of little help, so its status is asked for before the fault is worded. */
async function cloudflareFault(
  settings: Settings,
  reason: unknown,
  tokenStatus: () => Promise<string>,
): Promise<Fault> {
  if (!(reason instanceof ServiceError)) throw reason;
  const { accountId, endpoints, project, stack } = settings;
  const environment = `${project}/${stack}-cloudflare`;
  if (reason.status === 0 || reason.status === 429 || reason.status >= 500) {
    return {
      where: `Cloudflare (${endpoints.cloudflare.url})`,
      what: reason.message,
      fix: "Nothing was changed; run the same command again.",
    };
  }
  const status = await tokenStatus().catch(() => "unknown");
  if (status !== "active") {
    return {
      where: `Environment ${environment}, CLOUDFLARE_API_TOKEN`,
      what:
        status === "unknown"
          ? `Cloudflare does not know this token (${reason.code}: ${reason.message})`
          : `the token is ${status}`,
      fix: `Make a new one in the dashboard and store it: pulumi env set ${environment} environmentVariables.CLOUDFLARE_API_TOKEN --secret -f -`,
    };
  }
  return {
    where: `Environment ${environment}, CLOUDFLARE_ACCOUNT_ID`,
    what: `the token is valid but can't use the Workers of account '${accountId}' (${reason.code}: ${reason.message})`,
    fix: `Check the account id, and that the token may edit Workers Scripts there: pulumi env set ${environment} environmentVariables.CLOUDFLARE_ACCOUNT_ID ID`,
  };
}
