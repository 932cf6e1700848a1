import type * as pulumi from "@pulumi/pulumi";
import { assetSummary } from "./assets/version.ts";
import type { DeclaredWorker } from "./declared-worker.ts";
import type { Found } from "./found.ts";
import type { Observed } from "./observe.ts";
import type { WorkerSecrets } from "./program-values.ts";
import type { Settings } from "./settings.ts";

/**
 * What a `SecretWorker` shows in previews and to other programs: names, hashes and fingerprints, never a value. A fingerprint is 12
 * hexadecimal digits of HMAC-SHA-256, with a random key that the stack keeps encrypted in its state; a hash is SHA-256 in hexadecimal.
 */
export interface WorkerSummary {
  /** `https://…` where the Worker answers: its first custom domain, else workers.dev, else the host of a route; `null` for nowhere. */
  readonly url: string | null;
  /** Name of the script in the account; known after the first upload. */
  readonly scriptName: pulumi.Output<string>;
  /** A fingerprint per secret, by the secret's name. */
  readonly secrets: pulumi.Output<Record<string, string>>;
  /** SHA-256 of the compiled code; `null` for a Worker of static assets alone. */
  readonly contentHash: string | null;
  /** What compiled it, as `wrangler 4.164.0`: another version can give the same sources another hash. `null` without code. */
  readonly compiledBy: string | null;
  /** SHA-256 over paths and contents of the static assets; `null` for a Worker without any. */
  readonly assetsHash: string | null;
  /**
   * A digest per static asset by its path, or per folder beyond 100 files, since the provider names no file that changes. Absent
   * without assets.
   */
  readonly assets?: Readonly<Record<string, string>>;
  /** A fingerprint per plain variable, by its name: the provider names no variable that changes. */
  readonly vars: pulumi.Output<Record<string, string>>;
}

/** What a Worker shows of itself; see `WorkerSummary`. */
export function summaryOf(
  worker: DeclaredWorker,
  scriptName: pulumi.Output<string>,
  secrets: WorkerSecrets,
  { settings, observed, fingerprints, bundles, assets }: Found,
): WorkerSummary {
  const version = assets.get(worker);
  return {
    url: workerUrl(worker, settings, observed),
    scriptName,
    secrets: fingerprints.ofSecrets(secrets),
    contentHash: bundles.get(worker)?.sha256 ?? null,
    compiledBy: bundles.get(worker)?.compiledBy ?? null,
    assetsHash: version?.hash ?? null,
    ...(version === undefined ? {} : { assets: assetSummary(version.files) }),
    vars: fingerprints.ofVariables(worker.config.vars),
  };
}

export function workerUrl(
  { config, scriptName }: Pick<DeclaredWorker, "config" | "scriptName">,
  { prod }: Pick<Settings, "prod">,
  { subdomain }: Pick<Observed, "subdomain">,
): string | null {
  const domain = config.routes.find((route) => route.kind === "custom_domain");
  if (domain !== undefined) return `https://${domain.hostname}`;
  if (config.workersDev && !prod) return `https://${scriptName}.${subdomain}.workers.dev`;
  const route = config.routes.find((one) => one.kind === "route");
  if (route === undefined || route.kind !== "route") return null;
  const address = route.pattern.replace(/^https?:\/\//, "").replace(/\*$/, "");
  return address.includes("*") ? null : `https://${address.replace(/\/$/, "")}`;
}
