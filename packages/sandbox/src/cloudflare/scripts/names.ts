import { fault } from "../envelope.ts";

/** 10016. Names with more than 63 characters are fine until they are to be a DNS label. */
export function checkName(name: string): void {
  if (name.length <= 255 && /^[a-z0-9_][a-z0-9_-]*$/.test(name)) return;
  throw fault(
    400,
    10016,
    "Invalid Worker name: use lower-case letters, digits, dashes and underscores, at most 255.",
  );
}
