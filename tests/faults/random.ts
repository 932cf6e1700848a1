import { createHash } from "node:crypto";

/** Numbers out of a seed and what they are for: the same ones in every run, whatever else has been drawn. */
export function drawn(seed: number, ...purpose: readonly (string | number)[]): number {
  const digest = createHash("sha256")
    .update(JSON.stringify([seed, ...purpose]))
    .digest();
  return digest.readUInt32BE(0) / 2 ** 32;
}

/** A whole number from `from` to `to`, both possible. */
export function drawnBetween(
  from: number,
  to: number,
  seed: number,
  ...purpose: readonly (string | number)[]
): number {
  return from + Math.floor(drawn(seed, ...purpose) * (to - from + 1));
}
