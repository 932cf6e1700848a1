/** Who calls. The replays name themselves: they send what the real plugins send, but they are not them. */
export const clients = [
  "pulumi",
  "wrangler",
  "esc-sdk",
  "cloudflare SDK",
  "providers (replayed)",
  "provider stand-ins",
  "ours",
] as const;

export type Client = (typeof clients)[number];

/** The `User-Agent` of tests that replay the calls of a provider plugin. */
export const REPLAY = "provider-replay";

const patterns: readonly [RegExp, Client][] = [
  [/^pulumi-cli\/|^esc-cli\//, "pulumi"],
  [/^wrangler\//, "wrangler"],
  [/^esc-sdk\//, "esc-sdk"],
  [/^Cloudflare\//, "cloudflare SDK"],
  [new RegExp(`^${REPLAY}`), "providers (replayed)"],
  [/^Go-http-client\/|^terraform-provider|^terraform\//i, "provider stand-ins"],
];

/** The client behind a request. What names itself otherwise is code or tests of this repository. */
export function clientOf(headers: Headers): Client {
  const agent = headers.get("user-agent") ?? "";
  return patterns.find(([pattern]) => pattern.test(agent))?.[1] ?? "ours";
}
