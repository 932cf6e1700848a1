import { isPassing, ServiceError } from "../api/http.ts";
import type { Fault } from "../faults.ts";
import type { Settings } from "./settings.ts";

export function pulumiFault(
  { definition, endpoints }: Settings,
  reason: unknown,
  where = `Environment ${definition.name}`,
): Fault {
  if (!(reason instanceof ServiceError)) throw reason;
  return {
    where,
    what: `Pulumi Cloud (${endpoints.pulumi.url}) would not show it: ${reason.message}`,
    fix: isPassing(reason)
      ? "Run the same command again."
      : "Check the login and its rights: pulumi whoami -v",
  };
}

/** The API's own words for a bad token are of little help, so its status is asked for before the fault is worded. */
export async function cloudflareFault(
  settings: Settings,
  reason: unknown,
  tokenStatus: () => Promise<string>,
): Promise<Fault> {
  if (!(reason instanceof ServiceError)) throw reason;
  const { accountId, endpoints, names } = settings;
  const environment = names.cloudflare;
  // Or it was something else than Cloudflare that answered (2xx).
  if (isPassing(reason) || reason.status < 400) {
    return {
      where: `Cloudflare (${endpoints.cloudflare.url})`,
      what: reason.message,
      fix: "Run the same command again.",
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
