import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import { boundedText } from "../../../api/bounded.ts";
import { type AccountAccess, request } from "../../../api/cloudflare.ts";
import { bearer } from "../../../api/credential.ts";
import { cause, shaped } from "../../../api/http.ts";
import type { Fault } from "../../../faults.ts";
import type { Deployed } from "../../../program/deployed.ts";
import { deployedWorker } from "../../../program/deployed.ts";
import { fingerprint } from "../../../program/fingerprints.ts";
import { provePossession } from "../../project/proof.ts";
import type { Place } from "./plan.ts";

const deployments = v.object({
  deployments: v.array(
    v.object({ versions: v.array(v.object({ version_id: v.string(), percentage: v.number() })) }),
  ),
});
const version = v.object({
  resources: v.object({ bindings: v.array(v.looseObject({ name: v.string(), type: v.string() })) }),
});

/**
 * Checks what can be seen from outside: one version answers all requests, it binds the name as a secret, and the stack's
 * outputs name this value's fingerprint. Gives the version ids; faults go into `faults`.
 */
export async function verifyDeployed(
  place: Place,
  value: string,
  { url, token, accountId }: AccountAccess,
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
      request({ method: "GET", url: `${path}${below}`, headers: { authorization: bearer(token) } });
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

/** What another attempt does not change: a name that does not exist, and a certificate that is not right. */
const STAYS = /^(ENOTFOUND|ERR_TLS_.*|CERT_.*|.*_CERT.*|ERR_SSL_.*|ERR_INVALID_.*)$/;

/** A new version is everywhere within seconds; until then the old one may answer. */
const PATIENCE_MS = 30_000;

/**
 * Asks an address of the Worker: it has to answer with 2xx. Where the secret is called PROOF_KEY and the Worker proves it as the
 * sample does, `<url>/proof` has to answer with the proof that only the holder of the new value can make.
 */
export async function verifyUrl(address: string, { name }: Place, value: string): Promise<Fault[]> {
  const expected = name === "PROOF_KEY" ? provePossession(value) : undefined;
  const end = Date.now() + PATIENCE_MS;
  let what: string | undefined;
  for (;;) {
    try {
      what = (await proofFault(address, expected)) ?? (await answerFault(address));
      if (what === undefined) return [];
    } catch (error) {
      const why = cause(error);
      what = `${new URL(address).host} gave no answer: ${why}`;
      if (STAYS.test(why)) break;
    }
    if (Date.now() > end) break;
    await sleep(1000);
  }
  return [
    {
      where: address,
      what: `the Worker was not seen to work with the new value: ${what}`,
      fix: "Look at its log: npx wrangler tail. To go back: ws rollback",
    },
  ];
}

/** A proof has a few hundred. */
const MOST_PROOF_BYTES = 64 * 1024;

const ask = (url: string) => fetch(url, { signal: AbortSignal.timeout(10_000), redirect: "manual" });

/** What is wrong with the proof of a Worker that gives one. A Worker of another kind gives none, and nothing is wrong. */
async function proofFault(address: string, expected: string | undefined): Promise<string | undefined> {
  if (expected === undefined) return undefined;
  const answer = await ask(`${address.replace(/\/+$/, "")}/proof`);
  if (answer.status >= 500) return `/proof answered ${answer.status}`;
  const proof = answer.ok ? proofIn(await boundedText(answer, MOST_PROOF_BYTES)) : undefined;
  if (typeof proof !== "string" || !/^[0-9a-f]{64}$/.test(proof)) return undefined;
  return proof === expected ? undefined : "its proof is not that of the new value";
}

async function answerFault(address: string): Promise<string | undefined> {
  const answer = await ask(address);
  await answer.body?.cancel();
  return answer.ok ? undefined : `it answered ${answer.status}`;
}

function proofIn(text: string): unknown {
  try {
    return Object(JSON.parse(text)).proof;
  } catch {
    return undefined;
  }
}
