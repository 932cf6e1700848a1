import { TrieRouter } from "hono/router/trie-router";
import { cloudflareRoutes } from "../../packages/sandbox/src/cloudflare/index.ts";
import type { Route } from "../../packages/sandbox/src/http/route.ts";
import { pulumiRoutes } from "../../packages/sandbox/src/pulumi/index.ts";

export type Half = "Pulumi Cloud" | "Cloudflare";

/** One operation of a half, as the docs list it. */
export interface Operation {
  readonly half: Half;
  readonly method: string;
  readonly path: string;
  readonly name: string;
  /** Whether it only says, with a 501, that it is not in the sandbox. */
  readonly absent: boolean;
}

type AnyRoute = Pick<Route<never>, "method" | "path" | "operation">;

const ABSENT = /^(?:absent|not in the sandbox): /;

function operationsOf(half: Half, routes: readonly AnyRoute[]): Operation[] {
  return routes.map(({ method, path, operation }) => ({
    half,
    method,
    path,
    name: operation.replace(ABSENT, ""),
    absent: ABSENT.test(operation),
  }));
}

export const keyOf = ({ method, path }: Pick<Operation, "method" | "path">) => `${method} ${path}`;

const all = [...operationsOf("Pulumi Cloud", pulumiRoutes), ...operationsOf("Cloudflare", cloudflareRoutes)];

/** Every operation of both halves, in the order in which a request is matched. Of two for one call the first answers. */
export const operations: readonly Operation[] = [
  ...new Map(all.toReversed().map((operation) => [keyOf(operation), operation])).values(),
].toReversed();

const router = new TrieRouter<Operation>();
for (const operation of operations) {
  // As the server does it: HEAD is looked up under GET.
  router.add(operation.method === "HEAD" ? "GET" : operation.method, operation.path, operation);
}

/** The operation that answers a request. A HEAD that has no route of its own is its GET. */
export function findOperation(method: string, pathname: string): Operation | undefined {
  const path = pathname.replace(/\/{2,}/g, "/");
  const [matches] = router.match(method === "HEAD" ? "GET" : method, path);
  const fitting = matches.map(([operation]) => operation);
  return fitting.find((operation) => operation.method === method) ?? fitting[0];
}
