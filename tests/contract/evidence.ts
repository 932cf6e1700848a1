import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Exchange } from "../../packages/sandbox/src/http/exchange.ts";
import { type Client, clientOf, clients } from "./clients.ts";
import { findOperation, keyOf, operations } from "./route-table.ts";

/** By operation (`METHOD /path` of the route table): the clients that a test run saw it answer as it should. */
export type Evidence = Readonly<Record<string, readonly Client[]>>;

export const EVIDENCE_FILE = join(import.meta.dirname, "evidence.json");

export function readEvidence(): Evidence {
  if (!existsSync(EVIDENCE_FILE)) return {};
  return JSON.parse(readFileSync(EVIDENCE_FILE, "utf8")) as Evidence;
}

/** Several pieces of evidence as one: of operations that still exist, in the order of the route table. */
export function joinEvidence(parts: readonly Evidence[]): Evidence {
  const rows = operations.map((operation): [string, Client[]] => {
    const key = keyOf(operation);
    return [key, clients.filter((client) => parts.some((part) => part[key]?.includes(client)))];
  });
  return Object.fromEntries(rows.filter(([, found]) => found.length > 0));
}

/** Collects evidence in one process of a test run. */
export class EvidenceCollector {
  readonly #seen = new Map<string, Set<Client>>();

  /** A success counts; for an operation that is not in the sandbox, its 501 does. */
  add({ method, url, requestHeaders, status }: Exchange): void {
    const operation = findOperation(method, url.pathname);
    if (operation === undefined || (operation.absent ? status !== 501 : status >= 400)) return;
    const key = keyOf(operation);
    this.#seen.set(key, (this.#seen.get(key) ?? new Set()).add(clientOf(requestHeaders)));
  }

  evidence(): Evidence {
    return Object.fromEntries([...this.#seen].map(([key, seen]) => [key, [...seen]]));
  }
}
