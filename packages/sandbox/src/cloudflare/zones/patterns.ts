/** A route pattern's host name without its leading wildcard, or nothing when the pattern can't be one. */
export function hostOf(pattern: string): string | undefined {
  const found = /^(?:https?:\/\/)?([^/:?#\s]+)(\/[^?#\s]*)?$/.exec(pattern);
  const [, host = "", path = ""] = found ?? [];
  // A wildcard begins the host name or ends the path, and stands nowhere else.
  const name = host.replace(/^\*\.?/, "").toLowerCase();
  if (name === "" || name.includes("*") || path.replace(/\*$/, "").includes("*")) return undefined;
  return /^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}$/.test(name) ? name : undefined;
}
