/**
 * The ends of what the peers of worker-secrets allow, as they are tried. The newest are what npm had on 2026-11-30; TypeScript's is bound by
 * the SDK, which takes none of 7. An older @pulumi/cloudflare drops what a script declares (`files` came with 6.21) without a word.
 */
export const OLDEST = {
  "@pulumi/pulumi": "3.249.0",
  "@pulumi/cloudflare": "6.21.0",
  "@pulumi/pulumiservice": "1.2.1",
  wrangler: "4.100.0",
  typescript: "5.9.2",
} as const;

export const NEWEST = {
  "@pulumi/pulumi": "3.276.0",
  "@pulumi/cloudflare": "6.22.1",
  "@pulumi/pulumiservice": "1.3.0",
  wrangler: "4.164.0",
  typescript: "6.0.3",
} as const;
