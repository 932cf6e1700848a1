import type { Identity } from "./store/identity.ts";

/** What `npx worker-secrets sandbox --json` prints first, as one line. Outside tools read it: keep it stable. */
export interface SandboxDescription {
  /** Pulumi Cloud's API: its address, an access token and the one organization. */
  readonly pulumi: { readonly url: string; readonly token: string; readonly organization: string };
  /** Cloudflare's API: its address with `/client/v4`, an API token, and the id of the one account. */
  readonly cloudflare: { readonly url: string; readonly token: string; readonly accountId: string };
  /** Where Workers answer: by `Host: <script>.localhost`, or by a first path segment `/<script>/`. */
  readonly workers: { readonly url: string };
  /** The variables that point `pulumi`, the providers, `wrangler` and the SDKs at the sandbox. */
  readonly env: Readonly<Record<string, string>>;
}

export function describeSandbox(identity: Identity, url: string, workersUrl: string): SandboxDescription {
  const cloudflare = `${url}/client/v4`;
  return {
    pulumi: { url, token: identity.token, organization: identity.organization },
    cloudflare: { url: cloudflare, token: identity.token, accountId: identity.accountId },
    workers: { url: workersUrl },
    env: {
      PULUMI_BACKEND_URL: url,
      PULUMI_API: url,
      PULUMI_ACCESS_TOKEN: identity.token,
      // The CLI asks the real service for its newest version whatever the backend.
      PULUMI_SKIP_UPDATE_CHECK: "true",
      CLOUDFLARE_BASE_URL: cloudflare,
      CLOUDFLARE_API_BASE_URL: cloudflare,
      CLOUDFLARE_API_TOKEN: identity.token,
      CLOUDFLARE_ACCOUNT_ID: identity.accountId,
      WRANGLER_SEND_METRICS: "false",
    },
  };
}
