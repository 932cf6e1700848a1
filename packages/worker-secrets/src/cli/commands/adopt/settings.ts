import * as v from "valibot";
import type { DeployedWorker } from "../../../api/cloudflare-deployed.ts";
import type { WorkerConfig } from "../../../compile/wrangler/worker-config.ts";
import { snakeCased } from "./shown-as.ts";

/** A setting of the script as it is and as the first `up` sends it, both in one form: equal where they mean the same. */
export interface Setting {
  readonly name: string;
  readonly has: unknown;
  readonly will: unknown;
}

/** Everything about a script besides its bindings, its code and what leads to it. Pure. */
export function compareSettings(deployed: DeployedWorker, config: WorkerConfig): Setting[] {
  const { settings } = deployed;
  const all: Setting[] = [
    { name: "compatibility date", has: deployed.compatibilityDate, will: config.compatibilityDate },
    {
      name: "compatibility flags",
      has: [...deployed.compatibilityFlags].sort(),
      will: [...config.compatibilityFlags].sort(),
    },
    { name: "logpush", has: settings.logpush ?? false, will: config.logpush ?? false },
    {
      name: "observability",
      has: observability(settings.observability),
      will: observability(snakeCased(config.observability)),
    },
    { name: "placement", has: placement(settings.placement), will: placement(config.placement) },
    {
      name: "limits",
      has: said(settings.limits, ["cpu_ms", "subrequests"]),
      will: said(snakeCased(config.limits), ["cpu_ms", "subrequests"]),
    },
    { name: "cache", has: cache(settings.cache_options), will: cache(snakeCased(config.cache)) },
  ];
  const latest = config.migrations.at(-1)?.tag;
  if (deployed.migrationTag !== undefined || latest !== undefined)
    all.push({
      name: "Durable Object migration",
      has: deployed.migrationTag ?? "none",
      will: latest ?? "none",
    });
  const versions = deployed.lastDeployment?.versions ?? 1;
  if (versions > 1)
    all.push({ name: "gradual deployment", has: `${versions} versions side by side`, will: "one version" });
  return all;
}

/** The scripts that get this one's tail events. */
export function tailConsumers(value: unknown): string[] {
  const parsed = v.safeParse(v.array(v.object({ service: v.string() })), value);
  return parsed.success ? parsed.output.map(({ service }) => service) : [];
}

const rates = { head_sampling_rate: v.nullish(v.number(), 1) };
const kept = {
  ...rates,
  persist: v.nullish(v.boolean(), true),
  destinations: v.nullish(v.array(v.string()), []),
};
const observed = v.object({
  enabled: v.nullish(v.boolean(), false),
  ...rates,
  issues: v.nullish(v.object({ enabled: v.nullish(v.boolean(), false) }), {}),
  logs: v.nullish(
    v.object({ enabled: v.nullish(v.boolean()), invocation_logs: v.nullish(v.boolean(), true), ...kept }),
    {},
  ),
  traces: v.nullish(v.object({ enabled: v.nullish(v.boolean(), false), ...kept }), {}),
});

/** The API shows what was sent, so the defaults are filled in on both sides; what is off has no details. */
function observability(value: unknown): unknown {
  if (value === undefined || value === null) return "off";
  const parsed = v.safeParse(observed, value);
  if (!parsed.success) return value;
  const { enabled, issues, logs, traces, ...top } = parsed.output;
  const on = {
    ...(enabled ? { enabled, ...top } : {}),
    ...(issues.enabled ? { issues } : {}),
    ...((logs.enabled ?? enabled) ? { logs: { ...logs, enabled: true } } : {}),
    ...(traces.enabled ? { traces } : {}),
  };
  return Object.keys(on).length === 0 ? "off" : on;
}

function placement(value: unknown): unknown {
  const shown = said(value, ["mode", "region", "host", "hostname"]);
  return typeof shown === "object" && "mode" in shown && shown.mode === "off" ? "none" : shown;
}

function cache(value: unknown): unknown {
  const shown = said(value, ["enabled", "cross_version_cache"]);
  return typeof shown === "object" && "enabled" in shown && shown.enabled === false ? "none" : shown;
}

/** The fields that have a value; `none` without any. What else the API shows there (times, a status) is no setting. */
function said(value: unknown, fields: readonly string[]): "none" | Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return "none";
  const found = Object.entries(value).filter(
    ([key, one]) => fields.includes(key) && one !== undefined && one !== null,
  );
  return found.length === 0 ? "none" : Object.fromEntries(found);
}
