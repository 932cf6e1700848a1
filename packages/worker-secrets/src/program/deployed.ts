import * as v from "valibot";
import { ENVIRONMENT_COMPONENT, WORKER_COMPONENT } from "./components.ts";

/** What a stack's state says of what its Workers run with. */
export interface Deployed {
  /** The pinned revision or tag of the values, or `latest`. */
  readonly secretsPin: string;
  readonly workers: readonly DeployedCode[];
}

export interface DeployedCode {
  /** `undefined` where version 0.1 deployed a stack of one Worker. */
  readonly name: string | undefined;
  readonly scriptName: string;
  /** A fingerprint per declared name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** SHA-256 of its code; `null` for a Worker of static assets alone. */
  readonly contentHash: string | null;
  /** `wrangler 4.164.0`; `null` for a Worker of static assets alone, `undefined` where an older version's own bundler compiled it. */
  readonly compiledBy?: string | null | undefined;
  /** SHA-256 over its static assets, `null` without any; `undefined` where an older version deployed it. */
  readonly assetsHash?: string | null | undefined;
  /** A digest per asset, or per folder; nothing without any. */
  readonly assets?: Readonly<Record<string, string>> | undefined;
  /** A fingerprint per variable; `undefined` where an older version deployed it. */
  readonly vars?: Readonly<Record<string, string>> | undefined;
}

const code = v.object({
  scriptName: v.string(),
  secrets: v.record(v.string(), v.string()),
  contentHash: v.nullable(v.string()),
  compiledBy: v.optional(v.nullable(v.string())),
  assetsHash: v.optional(v.nullable(v.string())),
  assets: v.optional(v.record(v.string(), v.string())),
  vars: v.optional(v.record(v.string(), v.string())),
});
const common = { secretsPin: v.string() };
const stackResource = v.object({
  type: v.literal("pulumi:pulumi:Stack"),
  outputs: v.union([
    v.object({ ...common, workers: v.record(v.string(), code) }),
    v.object({ ...common, ...code.entries }),
  ]),
});

/** The resources of a state (`deployment` of an export); none for an empty one. */
export function resourcesOf(deployment: unknown): readonly unknown[] {
  const state = v.safeParse(v.object({ resources: v.nullish(v.array(v.unknown())) }), deployment);
  return state.success ? (state.output.resources ?? []) : [];
}

const summaries = v.object({
  type: v.literal(WORKER_COMPONENT),
  urn: v.string(),
  outputs: v.object({ summary: code }),
});
const pinned = v.object({
  type: v.literal(ENVIRONMENT_COMPONENT),
  outputs: v.object(common),
});

/**
 * `undefined` for a stack that has not come up yet, or was destroyed. Read from the components, whatever the program exports; from the
 * stack's outputs where a version before 0.2 deployed it, which had them there.
 */
export function deployedOf(deployment: unknown): Deployed | undefined {
  const resources = resourcesOf(deployment);
  const pin = resources.map((one) => v.safeParse(pinned, one)).find(({ success }) => success);
  const workers = resources.flatMap((one) => {
    const parsed = v.safeParse(summaries, one);
    if (!parsed.success) return [];
    return [{ name: parsed.output.urn.split("::").at(-1), ...parsed.output.outputs.summary }];
  });
  if (pin?.success && workers.length > 0) return { secretsPin: pin.output.outputs.secretsPin, workers };
  return deployedByOutputs(resources);
}

function deployedByOutputs(resources: readonly unknown[]): Deployed | undefined {
  for (const resource of resources) {
    const parsed = v.safeParse(stackResource, resource);
    if (!parsed.success) continue;
    const { outputs } = parsed.output;
    if ("workers" in outputs) {
      const workers = Object.entries(outputs.workers).map(([name, worker]) => ({ name, ...worker }));
      return { secretsPin: outputs.secretsPin, workers };
    }
    const { secretsPin, ...worker } = outputs;
    return { secretsPin, workers: [{ name: undefined, ...worker }] };
  }
  return undefined;
}

/** A Worker's part, by its name; the sole one of version 0.1 has none. */
export function deployedWorker(
  deployed: Deployed | undefined,
  name: string,
  declared: number,
): DeployedCode | undefined {
  const [sole] = deployed?.workers ?? [];
  if (declared === 1 && deployed?.workers.length === 1 && sole?.name === undefined) return sole;
  return deployed?.workers.find((worker) => worker.name === name);
}
