import { type Destination, destinationOf, pickVersion } from "./address.ts";
import type { LiveScript } from "./runtime.ts";

/** The version that a request is for. */
export interface Target {
  readonly name: string;
  readonly version: string;
  readonly path: string;
}

/** What the port answers by itself. */
export interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface Addresses {
  readonly scripts: ReadonlyMap<string, LiveScript>;
  /** Route patterns without a script. */
  readonly bypass: readonly string[];
  readonly url: string;
}

/** `random` is in [0, 1). */
export function targetOf(addresses: Addresses, host: string, path: string, random: number): Target | Refusal {
  const { scripts, bypass } = addresses;
  const known = [...scripts].map(([name, { enabled, domains, routes }]) => ({
    name,
    enabled,
    domains,
    routes,
  }));
  const destination = destinationOf(host, path, known, bypass);
  if (destination.kind !== "script") return refusal(destination, addresses.url);
  const version = pickVersion(scripts.get(destination.name)?.versions ?? [], random);
  if (version === undefined) return text(404, `The Worker '${destination.name}' has no deployed version.\n`);
  return { name: destination.name, version: version.id, path: destination.path };
}

function refusal(destination: Exclude<Destination, { kind: "script" }>, url: string): Refusal {
  switch (destination.kind) {
    case "disabled":
      return text(
        404,
        `error code: 1042\nThe Worker '${destination.name}' is there, but its workers.dev address is switched off.\n`,
      );
    case "unknown-host":
      return text(404, `error code: 1042\nNo Worker has the address '${destination.host}'.\n`);
    case "unaddressed":
      return {
        status: 404,
        type: "application/json",
        body: JSON.stringify({
          error: destination.names.length === 0 ? "no Worker is uploaded yet" : "which Worker is meant?",
          workers: destination.names,
          address: [`${url}/NAME/`, `${url.replace("127.0.0.1", "NAME.localhost")}/`],
        }),
      };
  }
}

export function text(status: number, body: string): Refusal {
  return { status, type: "text/plain; charset=UTF-8", body };
}
