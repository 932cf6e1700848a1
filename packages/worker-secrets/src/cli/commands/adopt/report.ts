import type { DeployedWorker } from "../../../api/cloudflare-deployed.ts";
import type { Difference } from "./compare.ts";
import { tailConsumers } from "./settings.ts";
import { shownAs } from "./shown-as.ts";

/** What the Worker has, a line each. Names only. */
export function describeDeployed(script: string, deployed: DeployedWorker): string[] {
  const of = (...types: string[]) =>
    deployed.bindings.filter(({ type }) => types.includes(type)).map(({ name }) => name);
  const variables = of("plain_text", "json");
  const secrets = of("secret_text", "secret_key");
  const others = deployed.bindings.filter(({ name }) => !variables.includes(name) && !secrets.includes(name));
  const list = (title: string, names: readonly string[]) =>
    `  ${title.padEnd(18)}${names.length === 0 ? "none" : names.join(", ")}`;
  const { lastDeployment: last, subdomain, settings } = deployed;
  return [
    `The Worker '${script}' has:`,
    list("secrets", secrets),
    list("variables", variables),
    list(
      "bindings",
      others.map(({ name, type }) => `${name} (${type})`),
    ),
    list("crons", deployed.crons),
    list(
      "custom domains",
      deployed.domains.map(({ hostname }) => hostname),
    ),
    list(
      "routes",
      deployed.routes.map(({ pattern }) => pattern),
    ),
    list(
      "queue consumers",
      deployed.consumes.map(({ queue }) => queue),
    ),
    list("tail consumers", tailConsumers(settings.tail_consumers)),
    `  ${"static assets".padEnd(18)}${deployed.hasAssets ? "yes" : "none"}`,
    `  ${"workers.dev".padEnd(18)}${subdomain.enabled ? "on" : "off"}, preview URLs ${subdomain.previewsEnabled ? "on" : "off"}`,
    `  ${"compatibility".padEnd(18)}${[deployed.compatibilityDate ?? "no date", ...deployed.compatibilityFlags].join(", ")}`,
    `  ${"migration tag".padEnd(18)}${deployed.migrationTag ?? "none"}`,
    ...(["observability", "limits", "placement"] as const).map(
      (key) => `  ${key.padEnd(18)}${isSet(settings[key]) ? shownAs(settings[key]) : "not set"}`,
    ),
    `  ${"versions".padEnd(18)}${deployed.versions}${last === undefined ? "" : `, deployed last on ${last.on} by ${last.by} (${last.source})${last.versions > 1 ? `, ${last.versions} of them side by side` : ""}`}`,
    ...deployed.unread.map((what) => `  could not be read: ${what}`),
  ];
}

function isSet(setting: unknown): boolean {
  return setting !== undefined && setting !== null && shownAs(setting) !== "{}";
}

const MARKS = { added: "+", changed: "~", lost: "-", unmanaged: "!", kept: " " } as const;

/** What the first `up` makes of it: one line per difference; what stays as it is only as a count. */
export function describeDifferences(
  differences: readonly Difference[],
  toRemove: readonly string[],
): string[] {
  const lines = differences
    .filter(({ change }) => change !== "kept")
    .map(({ what, name, change, detail }) => {
      const says =
        change === "unmanaged" ? "stays on Cloudflare as it is, and the stack does not manage it" : change;
      return `  ${MARKS[change]} ${what} ${name}: ${says}${detail === "" ? "" : ` (${detail})`}`;
    });
  const kept = differences.filter(({ change }) => change === "kept");
  const replaced = kept
    .filter(({ what, detail }) => what === "secret" && detail.includes("ESC"))
    .map(({ name }) => name);
  return [
    "The first 'up' would make of it:",
    ...lines,
    `    ${kept.length} unchanged`,
    ...toRemove.map(
      (command) =>
        `    Just before it, since the provider can't take over a queue's consumer (messages wait): ${command}`,
    ),
    ...(replaced.length === 0
      ? []
      : [`    ${replaced.join(", ")}: secret values can't be read, so nobody can tell whether ESC's differ`]),
  ];
}
