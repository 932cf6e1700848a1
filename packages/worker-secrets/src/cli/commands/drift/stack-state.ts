import * as v from "valibot";
import { parseJson, shaped } from "../../../api/http.ts";
import { ENVIRONMENT_COMPONENT, isInComponent } from "../../../program/components.ts";
import { deployedOf } from "../../../program/deployed.ts";
import { SIGNATURE } from "../../project/fingerprint-key.ts";

/** What the stack's state tells of one Worker: what its last upload sent. Sealed parts are not opened yet. */
export interface DeployedByStack {
  readonly scriptName: string;
  /** Sealed. */
  readonly bindings: unknown;
  readonly compatibilityDate: string | undefined;
  readonly compatibilityFlags: readonly string[];
  /** ISO time of Cloudflare; a refresh takes over that of a later change. */
  readonly modifiedOn: string | undefined;
  readonly subdomain: { readonly enabled: boolean; readonly previewsEnabled: boolean } | undefined;
  /** `undefined`: the stack leaves the crons alone. */
  readonly crons: readonly string[] | undefined;
  readonly routes: readonly { readonly zoneId: string; readonly pattern: string }[];
  readonly domains: readonly string[];
  /** Fingerprint of each deployed secret, by name. */
  readonly fingerprints: Readonly<Record<string, string>>;
}

export interface StackState {
  /** By script name. */
  readonly workers: ReadonlyMap<string, DeployedByStack>;
  /** Text of the declared Environment; sealed. */
  readonly definition: unknown;
  /** Sealed. */
  readonly fingerprintKey: unknown;
  /** Who can open what is sealed: `service` is Pulumi Cloud. */
  readonly secretsProvider: string | undefined;
}

const T = {
  script: "cloudflare:index/workersScript:WorkersScript",
  subdomain: "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain",
  crons: "cloudflare:index/workersCronTrigger:WorkersCronTrigger",
  route: "cloudflare:index/workersRoute:WorkersRoute",
  domain: "cloudflare:index/workersCustomDomain:WorkersCustomDomain",
  environment: "pulumiservice:api/esc:Environment",
} as const;

const resourceShape = v.object({
  urn: v.string(),
  type: v.string(),
  delete: v.optional(v.boolean(), false),
  inputs: v.optional(v.record(v.string(), v.unknown()), {}),
  outputs: v.optional(v.record(v.string(), v.unknown()), {}),
});

const deployment = v.object({
  resources: v.optional(v.array(resourceShape), []),
  secrets_providers: v.nullish(v.object({ type: v.optional(v.string()) })),
});
const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** Reads it out of an export. `undefined` for a stack that has no state, or none of a form that is known here. */
export function readStackState(exported: unknown): StackState | undefined {
  const parsed = v.safeParse(deployment, exported);
  if (!parsed.success) return undefined;
  const resources = parsed.output.resources.filter((one) => !one.delete);
  const of = (type: string) => resources.filter((one) => one.type === type);
  const summaries = deployedOf(exported)?.workers ?? [];
  const fingerprints = new Map(summaries.map(({ scriptName, secrets }) => [scriptName, secrets]));
  const workers = of(T.script).map((script): DeployedByStack => {
    const scriptName = text(script.inputs.scriptName) ?? "";
    const same = (type: string, key = "scriptName") =>
      of(type).filter(({ inputs }) => inputs[key] === scriptName);
    const [subdomain] = same(T.subdomain);
    const [crons] = same(T.crons);
    return {
      scriptName,
      bindings: script.inputs.bindings,
      compatibilityDate: text(script.inputs.compatibilityDate),
      compatibilityFlags: strings(script.inputs.compatibilityFlags),
      modifiedOn: text(script.outputs.modifiedOn),
      subdomain: subdomain && {
        enabled: subdomain.inputs.enabled === true,
        previewsEnabled: subdomain.inputs.previewsEnabled === true,
      },
      crons: crons && cronsOf(crons.inputs.schedules),
      routes: same(T.route, "script").flatMap(({ inputs: { zoneId, pattern } }) =>
        typeof zoneId === "string" && typeof pattern === "string" ? [{ zoneId, pattern }] : [],
      ),
      domains: same(T.domain, "service").flatMap(({ inputs }) => text(inputs.hostname) ?? []),
      fingerprints: fingerprints.get(scriptName) ?? {},
    };
  });
  return {
    workers: new Map(workers.map((worker) => [worker.scriptName, worker])),
    // A program may declare Environments beside ours, which up to version 0.1 was in no component.
    definition: (
      of(T.environment).find(({ urn }) => isInComponent(urn, ENVIRONMENT_COMPONENT)) ?? of(T.environment)[0]
    )?.inputs.yaml,
    fingerprintKey: of("pulumi:index:Stash").find(({ urn }) => urn.endsWith("::fingerprint-key"))?.inputs
      .input,
    secretsProvider: parsed.output.secrets_providers?.type,
  };
}

function cronsOf(schedules: unknown): string[] {
  const parsed = v.safeParse(v.array(v.object({ cron: v.string() })), schedules);
  return parsed.success ? parsed.output.map(({ cron }) => cron) : [];
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

/** A value out of the state with everything sealed in it opened. What comes back is secret. */
export async function unsealed(
  value: unknown,
  decrypt: (ciphertext: string) => Promise<unknown>,
): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((one) => unsealed(one, decrypt)));
  if (typeof value !== "object" || value === null) return value;
  if (SIGNATURE in value) {
    const { ciphertext } = shaped(v.object({ ciphertext: v.string() }), value, "Pulumi Cloud");
    // Inside of what is sealed, the engine marks secrets in the same way but does not seal them again.
    return unsealed(await decrypt(ciphertext), async (text) => parseJson(text));
  }
  const entries = Object.entries(value).map(
    async ([key, one]) => [key, await unsealed(one, decrypt)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}
