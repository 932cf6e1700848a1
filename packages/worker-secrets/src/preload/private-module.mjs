// @ts-check
import { readFileSync } from "node:fs";

/**
 * One of the SDK's own modules, which no version of it promises; empty where there is none.
 *
 * @param {NodeJS.Require} sdk
 * @param {string} name
 * @returns {Record<string, any>}
 */
export function privateModule(sdk, name) {
  try {
    return Object(sdk(name));
  } catch {
    return {};
  }
}

/**
 * The source of such a module; empty where there is none.
 *
 * @param {NodeJS.Require} sdk
 * @param {string} name
 */
export function moduleText(sdk, name) {
  try {
    return readFileSync(sdk.resolve(name), "utf8");
  } catch {
    return "";
  }
}

/**
 * Whether another function can be put in the place of a member.
 *
 * @param {object} holder
 * @param {string} member
 */
export function isReplaceable(holder, member) {
  const found = Object.getOwnPropertyDescriptor(holder, member);
  return typeof found?.value === "function" && found.writable === true;
}
