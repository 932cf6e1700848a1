import { type AccountAccess, cloudflareClient } from "../../../api/cloudflare.ts";
import { scriptNames, type TokenFacts, verifyToken } from "../../../api/cloudflare-token.ts";
import type { Credential } from "../../../api/credential.ts";
import { environmentsOf } from "../../../api/pulumi-catalog.ts";
import type { DeclaredWorker } from "../../../program/declared-worker.ts";
import { scriptsOf } from "../../../program/definition.ts";
import { guardScript } from "../../../program/guard.ts";
import { otherOwner, otherOwners } from "../../../program/other-owner.ts";
import { OwnedState } from "../../../program/ownership.ts";
import { lookFor } from "../../project/access.ts";
import type { Context } from "../../project/context.ts";
import type { Declared } from "../../project/declared.ts";
import { neededPermissions, probePermissions } from "../../project/token-permissions.ts";
import { Blocked, type Check, fail, ok, warn } from "./check.ts";

/** What the deploy token opens, for the checks that need it. */
export interface Access extends AccountAccess {
  readonly facts: TokenFacts;
}

const SOON_DAYS = 14;
const REPLACE = (stack: string) =>
  `Make one in the dashboard and store it: npx worker-secrets init ${stack} --replace CLOUDFLARE_API_TOKEN`;

/** Pure: what the verification of a token means. */
export function tokenCheck({ kind, status, expiresOn }: TokenFacts, stack: string, now: Date): Check[] {
  if (kind === "unknown") return [fail("token", "Cloudflare does not know it", REPLACE(stack))];
  const whose = kind === "user" ? "a user's token" : "an account's own token";
  const days =
    expiresOn === undefined ? Number.POSITIVE_INFINITY : (Date.parse(expiresOn) - now.getTime()) / 86_400_000;
  const valid = status === "active" && days > 0;
  const validity = valid
    ? ok("token", `active, ${whose}`)
    : fail("token", `it is ${status === "active" ? "expired" : status}, ${whose}`, REPLACE(stack));
  if (expiresOn === undefined) return [validity, ok("token expiry", "it has no end")];
  if (days <= 0) return [validity, fail("token expiry", `it ended on ${expiresOn}`, REPLACE(stack))];
  const when = `it ends on ${expiresOn}, in ${Math.floor(days)} days`;
  return [validity, days < SOON_DAYS ? warn("token expiry", when, REPLACE(stack)) : ok("token expiry", when)];
}

export async function readAccess(url: string, accountId: string, token: Credential): Promise<Access> {
  return { url, accountId, token, facts: await verifyToken(url, accountId, token) };
}

/** For the checks behind the token's own. */
export function usable(access: Access): Access {
  if (access.facts.status !== "active") throw new Blocked("the deploy token does not work");
  return access;
}

/** A read call for each permission that the stack's files ask for. To write can't be tried without writing. */
export async function checkPermissions(access: Access, { workers }: Declared): Promise<Check[]> {
  const { url, accountId, token } = access;
  const checks = neededPermissions(workers).map(async (permission): Promise<Check> => {
    const check = `permission ${permission.group}`;
    const [fault] = await probePermissions(url, accountId, token, [permission]);
    return fault === undefined
      ? ok(check, "may be read (whether it may be written shows at the first update)")
      : fail(check, fault.what, `${fault.fix} https://dash.cloudflare.com/profile/api-tokens`);
  });
  return Promise.all(checks);
}

export async function checkSubdomain(
  { url, token, accountId }: Access,
  { workers, prod }: Declared,
): Promise<Check[]> {
  const label = await cloudflareClient(url, token).subdomain(accountId);
  const needed = !prod && workers.some(({ config }) => config.workersDev);
  if (label !== undefined) return [ok("workers.dev", `${label}.workers.dev`)];
  if (!needed) return [ok("workers.dev", "the account has no subdomain, and no Worker needs one")];
  return [
    fail(
      "workers.dev",
      `the account ${accountId} has no subdomain, and a Worker is to be served there`,
      "Register one in the dashboard (Workers & Pages), or set workers_dev: false in the wrangler file.",
    ),
  ];
}

/** The wrong-Worker accident: a script of the declared name that another stack, or nobody here, made. */
export async function checkOwnership(context: Context, declared: Declared, access: Access): Promise<Check[]> {
  const { project, stack, names } = context;
  const client = context.client.forOrganization(declared.organization);
  const stored = await client.environment(names.definition);
  const known = scriptsOf(stored?.yaml, project);
  // Read once, and not before it is asked for: nobody would hear of its failure.
  let read: Promise<OwnedState> | undefined;
  const state = () => {
    read ??= context.client.exportStack(project, stack).then((exported) => new OwnedState(exported));
    return read;
  };
  const cloudflare = cloudflareClient(access.url, access.token);
  const checks = declared.workers.map(async (worker): Promise<Check[]> => {
    const check = `Worker ${worker.scriptName}`;
    const script = await cloudflare.script(access.accountId, worker.scriptName);
    if (script === undefined) return [ok(check, "not deployed yet; the name is free")];
    const { faults } = await guardScript(
      worker,
      { project, stack, imported: { secrets: undefined } },
      { ...script, migrationTag: undefined },
      known.includes(worker.scriptName),
      {
        state,
        otherOwner: () => otherOwner(lookFor(context, declared, access.accountId), worker.scriptName),
      },
    );
    const told = faults
      // An optional secret is declared; whether it has a value is none of this check.
      .filter(({ where }) => !worker.optionalSecrets.some((name) => where.startsWith(`secret '${name}'`)))
      .map(({ where, what, fix }) => fail(check, `${where}: ${what}`, fix));
    return told.length > 0 ? told : [ok(check, "this stack made it")];
  });
  return (await Promise.all(checks)).flat();
}

/** Scripts that are called as this project's are, and that no stack names as its own, of this project or another. */
export async function checkOrphanScripts(
  context: Context,
  declared: Declared,
  access: Access,
): Promise<Check[]> {
  const { project, pulumi } = context;
  const client = context.client.forOrganization(declared.organization);
  const [all, environments] = await Promise.all([
    scriptNames(access.url, access.accountId, access.token),
    environmentsOf(pulumi, declared.organization, project),
  ]);
  const texts = await Promise.all(
    environments
      .filter((name) => !/-(cloudflare|secrets)$/.test(name))
      .map(async (name) => (await client.environment(name))?.yaml),
  );
  const owned = new Set([
    ...texts.flatMap((yaml) => scriptsOf(yaml, project)),
    ...declared.workers.map(({ scriptName }) => scriptName),
  ]);
  const unknown = orphanScripts(all, owned, declared.workers);
  // A project made from the same template names its Workers the same.
  const others = await otherOwners(lookFor(context, declared, access.accountId), unknown);
  const orphans = unknown.filter((name) => !others.has(name));
  if (orphans.length === 0) return [ok("orphaned Workers", "none")];
  return orphans.map((name) =>
    warn(
      "orphaned Workers",
      `'${name}' is called as this project's Workers are, and no stack that you can read made it`,
      `See who made it: npx wrangler deployments list --name ${name}. If it is nobody's, take it over (npx worker-secrets adopt ${name}), or delete it: npx wrangler delete --name ${name}`,
    ),
  );
}

/** Pure: `<wrangler's name>-<stack>` is what a script of this project is called by default. */
function orphanScripts(
  all: readonly string[],
  owned: ReadonlySet<string>,
  workers: readonly Pick<DeclaredWorker, "config">[],
): string[] {
  return all
    .filter((name) => !owned.has(name) && workers.some(({ config }) => name.startsWith(`${config.name}-`)))
    .sort();
}
