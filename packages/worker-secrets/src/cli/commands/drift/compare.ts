import type { DeployedWorker } from "../../../api/cloudflare-deployed.ts";
import { drift, type Finding, info } from "./findings.ts";
import type { DeployedByStack } from "./stack-state.ts";

/** What changed around a Worker: its runtime, its addresses, its crons. What could not be read is said, not guessed. */
export function compareSurroundings(ours: DeployedByStack, live: DeployedWorker): Finding[] {
  const { scriptName } = ours;
  const worker = `Worker '${scriptName}'`;
  const findings: Finding[] = [];

  if (ours.compatibilityDate !== undefined && live.compatibilityDate !== ours.compatibilityDate) {
    findings.push(
      drift(
        "runtime-changed",
        worker,
        `the compatibility date was ${ours.compatibilityDate} and is ${live.compatibilityDate ?? "not set"}`,
        "pulumi up --refresh",
      ),
    );
  }
  if (list(ours.compatibilityFlags) !== list(live.compatibilityFlags)) {
    findings.push(
      drift(
        "runtime-changed",
        worker,
        `the compatibility flags were ${shown(ours.compatibilityFlags)} and are ${shown(live.compatibilityFlags)}`,
        "pulumi up --refresh",
      ),
    );
  }
  if (ours.crons !== undefined && list(ours.crons) !== list(live.crons)) {
    findings.push(
      drift(
        "crons-changed",
        worker,
        `the crons were ${shown(ours.crons)} and are ${shown(live.crons)}`,
        `Put them back in the dashboard, or change 'triggers.crons' in the wrangler file and run: pulumi up (a refresh does not see crons)`,
      ),
    );
  }
  const { subdomain } = ours;
  if (
    subdomain !== undefined &&
    (subdomain.enabled !== live.subdomain.enabled ||
      subdomain.previewsEnabled !== live.subdomain.previewsEnabled)
  ) {
    findings.push(
      drift(
        "subdomain-changed",
        worker,
        `workers.dev was ${onOff(subdomain.enabled)} with preview URLs ${onOff(subdomain.previewsEnabled)}, and is ${onOff(live.subdomain.enabled)} with preview URLs ${onOff(live.subdomain.previewsEnabled)}`,
        "pulumi up --refresh",
      ),
    );
  }
  findings.push(...compareRoutes(ours, live, worker), ...compareDomains(ours, live, worker));
  for (const what of live.unread) {
    findings.push(
      info(
        "unread",
        worker,
        `not compared: ${what}`,
        "Give the deploy token the right to read it, if that matters here.",
      ),
    );
  }
  return findings;
}

function compareRoutes(ours: DeployedByStack, live: DeployedWorker, worker: string): Finding[] {
  if (live.unread.some((what) => what.startsWith("routes"))) return [];
  const key = ({ zoneId, pattern }: { zoneId: string; pattern: string }) => `${zoneId} ${pattern}`;
  const there = new Set(live.routes.map(key));
  const declared = new Set(ours.routes.map(key));
  return [
    ...ours.routes
      .filter((route) => !there.has(key(route)))
      .map(({ pattern }) =>
        drift(
          "route-missing",
          `route '${pattern}'`,
          `it no longer leads to the ${worker}`,
          "pulumi up --refresh",
        ),
      ),
    ...live.routes
      .filter((route) => !declared.has(key(route)))
      .map(({ pattern }) =>
        drift(
          "route-undeclared",
          `route '${pattern}'`,
          `it leads to the ${worker}, and the stack did not make it`,
          "Declare it in 'routes' of the wrangler file, or delete it in the dashboard.",
        ),
      ),
  ];
}

function compareDomains(ours: DeployedByStack, live: DeployedWorker, worker: string): Finding[] {
  if (live.unread.some((what) => what.startsWith("custom domains"))) return [];
  const there = live.domains.map(({ hostname }) => hostname);
  return [
    ...ours.domains
      .filter((hostname) => !there.includes(hostname))
      .map((hostname) =>
        drift(
          "domain-missing",
          `domain '${hostname}'`,
          `it no longer leads to the ${worker}`,
          "pulumi up --refresh",
        ),
      ),
    ...there
      .filter((hostname) => !ours.domains.includes(hostname))
      .map((hostname) =>
        drift(
          "domain-undeclared",
          `domain '${hostname}'`,
          `it leads to the ${worker}, and the stack did not make it`,
          "Declare it in 'routes' of the wrangler file (custom_domain: true), or delete it in the dashboard.",
        ),
      ),
  ];
}

const list = (names: readonly string[]) => JSON.stringify([...names].sort());
const shown = (names: readonly string[]) =>
  names.length === 0 ? "none" : names.map((one) => `'${one}'`).join(", ");
const onOff = (on: boolean) => (on ? "on" : "off");
