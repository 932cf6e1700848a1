import type { Loss, Reason } from "../../packages/worker-secrets/src/program/protection/losses.ts";

/** One loss that stops an update of the production stack `shop/prod`, and its exact text: place, reason, next command. */
export interface LossRow {
  readonly title: string;
  readonly loss: Loss;
  readonly text: string;
}

const OLD = "a".repeat(32);
const NEW = "b".repeat(32);
const URN = "urn:pulumi:prod::shop::cloudflare:index/d1Database:D1Database::web-prod-db";
const PROTECTED = { before: "protected", protectedNow: true } as const;
const DB = { kind: "d1", name: "web-prod-db" } as const;
const script = (reason: Reason, more: Partial<Loss> = {}): Loss =>
  ({
    ...PROTECTED,
    what: "script",
    worker: "web",
    scriptName: "web-prod",
    accountId: OLD,
    classes: ["Room"],
    reason,
    ...more,
  }) as Loss;
const data = (reason: Reason): Loss => ({ ...PROTECTED, what: "data", data: DB, owners: ["web"], reason });

const PERMIT =
  "To lose it on purpose, undo this change, permit it (pulumi config set --path 'worker-secrets:allowRemoval[0]' web --stack prod, or allowRemoval: true in the entry of 'web'), run 'pulumi up', and make the change then.";
const LOST = "Worker 'web-prod': this update would delete it with its Durable Objects (Room): ";

export const lossRows: readonly LossRow[] = [
  {
    title: "Worker that is no longer listed",
    loss: script({ why: "removed" }),
    text: `${LOST}worker-secrets:workers of Pulumi.prod.yaml no longer lists it; the stack's state has it as protected
To keep it, list it again in worker-secrets:workers. ${PERMIT}`,
  },
  {
    title: "Worker with another name",
    loss: script({ why: "renamed", worker: "shop", to: "shop-prod" }),
    text: `${LOST}its script would be called 'shop-prod' now, and Cloudflare can't rename a script: a new one is created and the old one deleted; the stack's state has it as protected
To rename the Worker and keep its script, pin the script's name: 'scriptName: web-prod' in the entry of 'shop' in worker-secrets:workers (a stack of one Worker: pulumi config set worker-secrets:scriptName web-prod --stack prod). ${PERMIT}`,
  },
  {
    title: "Worker in another account",
    loss: script({ why: "account", from: OLD, to: NEW }),
    text: `${LOST}it is in the account ${OLD}, and the stack deploys to ${NEW} now; the stack's state has it as protected
To keep it, go back to the account (pulumi env set shop/prod-cloudflare environmentVariables.CLOUDFLARE_ACCOUNT_ID ${OLD}). ${PERMIT}`,
  },
  {
    title: "Workers that exchanged their names",
    loss: script({ why: "exchanged", worker: "api" }),
    text: `${LOST}the Worker 'api' has its script's name now, and both names were in use before; the stack's state has it as protected
To exchange names and keep the scripts, rename one Worker at a time, with a 'pulumi up' after each. ${PERMIT}`,
  },
  {
    title: "Worker of a stack that has just become production",
    loss: script({ why: "removed" }, { before: "open" }),
    text: `${LOST}worker-secrets:workers of Pulumi.prod.yaml no longer lists it; it is protected (prod: true, or protect: true in its entry)
To keep it, list it again in worker-secrets:workers. ${PERMIT}`,
  },
  {
    title: "Worker that an earlier version deployed as production, with prod: false now",
    loss: script({ why: "removed" }, { before: "unknown", protectedNow: false }),
    text: `${LOST}worker-secrets:workers of Pulumi.prod.yaml no longer lists it; the last 'pulumi up', by an earlier version of this program, had prod: true
To keep it, list it again in worker-secrets:workers. ${PERMIT}`,
  },
  {
    title: "database that is no longer declared",
    loss: data({ why: "removed" }),
    text: `D1 database 'web-prod-db': this update would delete it with everything in it: no binding of the stack declares it any more; the stack's state has it as protected
To keep it, declare it again: {declare: true, name: web-prod-db} below 'resources' of a Worker's entry. ${PERMIT}`,
  },
  {
    title: "database that is marked for replacement",
    loss: data({ why: "tainted", urn: URN }),
    text: `D1 database 'web-prod-db': this update would delete it with everything in it: the state has it marked for replacement ('pulumi state taint'); the stack's state has it as protected
To keep it, take the mark off (pulumi state untaint '${URN}' --stack prod). ${PERMIT}`,
  },
  {
    title: "class that a migration deletes",
    loss: { ...PROTECTED, what: "classes", worker: "web", classes: ["Room"] },
    text: `Durable Objects of the Worker 'web': the migrations that are due delete the class Room with all of its objects; the stack's state has it as protected
To keep them, take the class out of 'deleted_classes'. ${PERMIT}`,
  },
  {
    title: "script that somebody deleted elsewhere",
    loss: {
      ...PROTECTED,
      what: "gone",
      worker: "web",
      scriptName: "web-prod",
      classes: ["Room"],
      data: [],
      allowed: false,
    },
    text: `Worker 'web-prod': this stack deployed it, and somebody has deleted it elsewhere; this update would recreate its Durable Objects (Room) without any data; the stack's state has it as protected
Durable Objects and deleted data can't be restored from Cloudflare; a D1 database or an export may be. To start again without the data: allowRemoval: true in the entry of 'web' in worker-secrets:workers, and 'pulumi up'.`,
  },
];
