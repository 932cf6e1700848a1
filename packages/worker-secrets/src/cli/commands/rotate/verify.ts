import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import { provePossession } from "../../../../../../worker/src/proof.ts";
import { request } from "../../../api/cloudflare.ts";
import { shaped } from "../../../api/http.ts";
import type { Deployed } from "../../../program/deployed.ts";
import { deployedWorker } from "../../../program/deployed.ts";
import type { Fault } from "../../../program/faults.ts";
import { fingerprint } from "../../../program/fingerprints.ts";
import type { Place } from "./plan.ts";

const deployments = v.object({
  deployments: v.array(
    v.object({ versions: v.array(v.object({ version_id: v.string(), percentage: v.number() })) }),
  ),
});
const version = v.object({
  resources: v.object({ bindings: v.array(v.looseObject({ name: v.string(), type: v.string() })) }),
});

export interface Where {
  /** Base of Cloudflare's API. */
  readonly url: string;
  readonly token: string;
  readonly accountId: string;
}

/**
 * Checks what can be seen from outside: one version answers all requests, it binds the name as a secret, and the stack's
 * outputs name this value's fingerprint. Gives the version ids; faults go into `faults`.
 */
export async function verifyDeployed(
  place: Place,
  value: string,
  { url, token, accountId }: Where,
  stack: {
    readonly name: string;
    readonly workers: number;
    readonly deployed: Deployed | undefined;
    readonly key: string | undefined;
  },
  faults: Fault[],
): Promise<string[]> {
  const { name, users } = place;
  const again = `Look at it: pulumi preview --stack ${stack.name}, and rotate again.`;
  const ids: string[] = [];
  for (const worker of users) {
    const where = `Worker '${worker.scriptName}'`;
    const path = `${url}/accounts/${encodeURIComponent(accountId)}/workers/scripts/${encodeURIComponent(worker.scriptName)}`;
    const get = (below: string) =>
      request({ method: "GET", url: `${path}${below}`, headers: { authorization: `Bearer ${token}` } });
    const [latest] = shaped(deployments, await get("/deployments"), "Cloudflare").deployments;
    const [whole] = latest?.versions ?? [];
    if (whole === undefined || whole.percentage !== 100) {
      faults.push({
        where,
        what: "its last deployment does not send all requests to one version",
        fix: again,
      });
      continue;
    }
    ids.push(whole.version_id);
    const { bindings } = shaped(version, await get(`/versions/${whole.version_id}`), "Cloudflare").resources;
    if (!bindings.some((one) => one.name === name && one.type === "secret_text"))
      faults.push({
        where,
        what: `the version that answers does not bind '${name}' as a secret`,
        fix: again,
      });
    const told = deployedWorker(stack.deployed, worker.name, stack.workers)?.secrets[name];
    if (stack.key === undefined || told !== fingerprint(stack.key, stack.name, name, value))
      faults.push({ where, what: `the stack's fingerprint of '${name}' is not the new value's`, fix: again });
  }
  return ids;
}

/** A new version is everywhere within seconds; until then the old one may answer. */
const PATIENCE_MS = 30_000;

/**
 * Asks an address of the Worker: it has to answer with 2xx. Where the rotated secret is the sample Worker's PROOF_KEY,
 * `<url>/proof` has to answer with the proof that only the holder of the new value can make.
 */
export async function verifyUrl(address: string, { name }: Place, value: string): Promise<Fault[]> {
  const proves = name === "PROOF_KEY";
  const url = proves ? `${address.replace(/\/+$/, "")}/proof` : address;
  const expected = proves ? await provePossession(value) : undefined;
  const end = Date.now() + PATIENCE_MS;
  let what = "";
  for (;;) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(10_000), redirect: "manual" });
      const text = await answer.text();
      if (!answer.ok) what = `it answered ${answer.status}`;
      else if (expected === undefined || proofIn(text) === expected) return [];
      else what = "its proof is not that of the new value";
    } catch (error) {
      what = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > end) break;
    await sleep(1000);
  }
  return [
    {
      where: url,
      what: `the Worker was not seen to work with the new value: ${what}`,
      fix: "Look at its log: npx wrangler tail. To go back: ws rollback",
    },
  ];
}

function proofIn(text: string): unknown {
  try {
    return Object(JSON.parse(text)).proof;
  } catch {
    return undefined;
  }
}
