import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { pulumiClient } from "../../packages/worker-secrets/src/api/pulumi.ts";
import type { RunningSandbox } from "../helpers/process.ts";

const ENVIRONMENT = "ledger/counts";
const KEY = "count";

/** A client that writes to both halves all the time, and knows what has been acknowledged to it. */
export interface Ledger {
  /** Stops writing; then everything that was acknowledged has to be there. Gives the number of acknowledged writes. */
  check(): Promise<number>;
}

/** Makes what a ledger writes to, once for a data folder. Gives the id of its KV namespace. */
export async function makeLedger(sandbox: RunningSandbox): Promise<string> {
  await clientOf(sandbox).createEnvironment(ENVIRONMENT);
  await clientOf(sandbox).updateEnvironment(ENVIRONMENT, "values:\n  count: 0\n");
  const answer = await cloudflare(sandbox, "POST", "", JSON.stringify({ title: "ledger" }));
  const { id } = (JSON.parse(await answer.text()) as { readonly result: { readonly id: string } }).result;
  await cloudflare(sandbox, "PUT", `/${id}/values/${KEY}`, "0");
  return id;
}

/** Counts up from `from`, one number at a time. `sandbox` gives the one that runs now. */
export function startLedger(sandbox: () => RunningSandbox, namespace: string): Ledger {
  const acknowledged = { pulumi: 0, cloudflare: 0 };
  let writes = 0;
  // Above whatever an earlier ledger has written.
  const base = Date.now();
  let count = base;
  let writing = true;
  const value = `/${namespace}/values/${KEY}`;
  const faults: string[] = [];
  let lost = false;
  const look = async () => {
    const answer = await cloudflare(sandbox(), "GET", value);
    if (!answer.ok) throw new Error(`GET ${value} answered ${answer.status}`);
    const kept = {
      pulumi: Number((await clientOf(sandbox()).openEnvironment(ENVIRONMENT)).count),
      cloudflare: Number(await answer.text()),
    };
    for (const half of ["pulumi", "cloudflare"] as const)
      if (!(kept[half] >= acknowledged[half] && kept[half] <= count))
        faults.push(`${half}: ${acknowledged[half] - base} was acknowledged, ${kept[half] - base} is kept`);
  };
  const done = (async () => {
    while (writing) {
      try {
        // After a restart, before anything is written over what may be missing.
        if (lost) await look();
        lost = false;
        count++;
        await clientOf(sandbox()).updateEnvironment(ENVIRONMENT, `values:\n  count: ${count}\n`);
        acknowledged.pulumi = count;
        writes++;
        if (!(await cloudflare(sandbox(), "PUT", value, String(count))).ok) continue;
        acknowledged.cloudflare = count;
        writes++;
      } catch {
        // Nobody was told that this one is kept.
        lost = true;
      }
      await pause(25);
    }
  })();
  return {
    async check() {
      writing = false;
      await done;
      await look();
      assert.deepEqual(faults, []);
      return writes;
    },
  };
}

function clientOf({ description: { pulumi } }: RunningSandbox) {
  return pulumiClient(pulumi.url, pulumi.token, pulumi.organization);
}

function cloudflare(
  { description: { cloudflare: half } }: RunningSandbox,
  method: string,
  path: string,
  body?: string,
) {
  return fetch(`${half.url}/accounts/${half.accountId}/storage/kv/namespaces${path}`, {
    method,
    headers: {
      authorization: `Bearer ${half.token}`,
      "content-type": path === "" ? "application/json" : "text/plain",
    },
    ...(body === undefined ? {} : { body }),
  });
}
