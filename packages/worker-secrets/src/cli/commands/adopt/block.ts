import type { Target } from "./target.ts";

/** What the script's name says about the `env` block, where the stack's config does not say it. */
export function describeBlock(script: string, { environment, config }: Target): string[] {
  if (environment === undefined) return [];
  const part = environment === "" ? "the top level" : `'env.${environment}'`;
  return [
    `'${script}' is wrangler's name for ${part} of ${config.file}: it is compared with that, and the entry gets environment: ${environment === "" ? '""' : environment}`,
  ];
}
