import assert from "node:assert/strict";
import {
  type Deployment,
  deploymentsOf,
} from "../../packages/worker-secrets/src/api/cloudflare-deployments.ts";
import type { World } from "./world.ts";

/** Somebody who deploys a Worker beside the stack, with wrangler. */
export interface OnCall {
  /** A request below the script. */
  send(path: string, init: RequestInit): Promise<void>;
  /** Newest first. */
  deployments(): Promise<readonly Deployment[]>;
  /** As `wrangler versions deploy` and `wrangler rollback` do. */
  deploy(versions: readonly { readonly id: string; readonly percentage: number }[]): Promise<void>;
  /** The version of the deployment at a place, the newest at 0. */
  versionOf(place: number): Promise<string>;
  /** One request, as the dashboard's. */
  upload(code: string): Promise<void>;
}

export function onCall({ sandbox }: Pick<World, "sandbox">, scriptName: string): OnCall {
  const { url, accountId, token } = sandbox.description.cloudflare;
  const deployments = () => deploymentsOf(url, token, accountId, scriptName);
  const send = async (path: string, init: RequestInit) => {
    const answer = await fetch(`${url}/accounts/${accountId}/workers/scripts/${scriptName}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, "user-agent": "wrangler/4.164.0" },
    });
    assert.ok(answer.ok, await answer.text());
  };
  return {
    send,
    deployments,
    deploy: (versions) =>
      send("/deployments?force=true", {
        method: "POST",
        body: JSON.stringify({
          strategy: "percentage",
          versions: versions.map(({ id, percentage }) => ({ version_id: id, percentage })),
        }),
      }),
    versionOf: async (place) => (await deployments())[place]?.versions[0]?.id ?? "",
    upload(code) {
      const form = new FormData();
      const metadata = {
        main_module: "index.js",
        compatibility_date: "2026-10-01",
        keep_bindings: ["secret_text"],
      };
      form.set("metadata", JSON.stringify(metadata));
      form.set("index.js", new File([code], "index.js", { type: "application/javascript+module" }));
      return send("", { method: "PUT", body: form });
    },
  };
}
