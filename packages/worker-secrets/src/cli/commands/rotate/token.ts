import { verifyToken } from "../../../api/cloudflare-token.ts";
import { type AccountTokens, accountTokens } from "../../../api/cloudflare-tokens.ts";
import { credentialFault } from "../../../api/credential.ts";
import type { PulumiClient } from "../../../api/pulumi.ts";
import { pulumiHistory } from "../../../api/pulumi-history.ts";
import { type Fault, FaultsError, refuseIfAny } from "../../../faults.ts";
import { valueTree } from "../../../program/values.ts";
import { deployAccount } from "../../project/access.ts";
import { announceStack } from "../../project/announce.ts";
import { openContext } from "../../project/context.ts";
import { projectRoot } from "../../project/root.ts";
import { openTarget, type Target } from "../../project/target.ts";
import { neededPermissions, probePermissions } from "../../project/token-permissions.ts";
import { coveredFaults } from "../../project/value-source.ts";
import { CommandFailed, ExitCode, printJson } from "../../terminal/command.ts";
import { note, print } from "../../terminal/output.ts";
import { readValue, WANTED_TOKEN } from "./input.ts";
import { forgetReplaced, type Replaced, replacedToken, storeToken } from "./token-record.ts";

export interface TokenOptions {
  readonly value?: string;
  readonly platform?: boolean | string;
  readonly expires?: string;
  readonly json?: boolean;
  readonly root?: string;
  readonly stack?: string;
}

/** Of a token made by the API: 90 days. */
const DEFAULT_EXPIRY = "90d";

/**
 * `ws rotate --token`. Gives the exit code. The order is such that ESC always holds a token that works: the new one is
 * verified before it is stored, read back through ESC, and only then the old one ends. Tokens that an interrupted run
 * made and never stored are found by their name and ended.
 */
export async function runRotateToken(options: TokenOptions, signal: AbortSignal): Promise<number> {
  const { json = false } = options;
  const target = await openTarget(
    await openContext({ stack: options.stack, root: projectRoot(options.root) }),
  );
  const { context, declared } = target;
  const environment = context.names.cloudflare;
  const client = context.client.forOrganization(declared.organization);
  const expiresOn = expiry(options.expires ?? DEFAULT_EXPIRY);
  const old = await deployAccount(target);
  const platform = await platformTokens(target, old.accountId, options.platform);
  await refuseWhileRunning(target);
  signal.throwIfAborted();

  const prefix = `ws ${context.project}/${context.stack} `;
  const permissions = neededPermissions(declared.workers);
  const stored = await client.environment(environment);
  await refuseCovered(client, environment, stored?.yaml ?? "");
  const pending = replacedToken(stored?.yaml ?? "");
  let replaced = pending;
  let made: string | undefined;
  const given = platform === undefined ? await readValue(WANTED_TOKEN, options, signal) : undefined;
  announceStack(context);
  // What an earlier run has stored is only to be finished, unless another token is given now.
  if (pending === undefined || (given !== undefined && given !== old.token)) {
    if (given === old.token && pending === undefined) {
      note("ESC holds this token already.");
    } else {
      const facts = await verifyToken(context.cloudflareUrl, old.accountId, old.token);
      const id = await tokenId(context.cloudflareUrl, old);
      if (platform !== undefined) await endUnused(platform, prefix, id);
      signal.throwIfAborted();
      const token =
        given ??
        (await make(platform, prefix, expiresOn, permissions, (name) => {
          made = name;
        }));
      note("Verifying the new token …");
      refuseIfAny(await tokenFaults(target, old.accountId, token, permissions));
      // Several stacks may share one token; whoever gave the new one knows, so only a different one ends.
      replaced = id === undefined || facts.kind === "unknown" ? undefined : { id, kind: facts.kind };
      if (pending !== undefined && platform !== undefined && pending.kind === "account")
        await platform.end(pending.id);
      await storeToken(client, environment, { accountId: old.accountId, token }, replaced);
    }
  }

  note(`Verifying through ${environment} …`);
  const now = await deployAccount(target);
  refuseIfAny(await tokenFaults(target, now.accountId, now.token, permissions));
  await refuseWhileRunning(target);
  const ended = await endOld(target, platform, replaced, now);
  if (platform !== undefined) await endUnused(platform, prefix, await tokenId(context.cloudflareUrl, now));
  await forgetReplaced(client, environment);

  const how =
    replaced === undefined || ended
      ? undefined
      : `End the old token (id ${replaced.id}) by hand: dashboard, ${replaced.kind === "user" ? "My Profile, API Tokens" : "Manage Account, API Tokens"}.`;
  if (json)
    printJson({
      ok: true,
      environment,
      made: made ?? null,
      oldToken: replaced?.id ?? null,
      ended,
      ...(how === undefined ? {} : { next: how }),
    });
  else
    print(
      `${environment}: the new token is stored, opened and verified for ${permissions.map(({ group }) => group).join(", ")}${ended ? "; the old one has ended" : ""}${how === undefined ? "" : `\n${how}`}`,
    );
  return ExitCode.ok;
}

/** A token that comes by an import or a reference is rotated where it comes from. */
async function refuseCovered(client: PulumiClient, environment: string, yaml: string): Promise<void> {
  const name = "CLOUDFLARE_API_TOKEN";
  const way = `ws init --replace ${name} --detach ${name}`;
  const token = { name, worker: undefined, opened: true, way };
  refuseIfAny(await coveredFaults({ client, environment, yaml }, [token]));
}

async function make(
  platform: AccountTokens | undefined,
  prefix: string,
  expiresOn: Date,
  permissions: ReturnType<typeof neededPermissions>,
  onMade: (name: string) => void,
): Promise<string> {
  if (platform === undefined) throw new CommandFailed("There is no new token.");
  const of = (scope: "account" | "zone") =>
    permissions.filter((one) => one.scope === scope).map(({ group }) => group);
  const name = `${prefix}${new Date().toISOString()}`;
  note(`Making the token '${name}' …`);
  const { value } = await platform.create({ name, expiresOn, account: of("account"), zone: of("zone") });
  onMade(name);
  return value;
}

/** Tokens of this stack that are not the stored one: an interrupted run made them, and nobody has their value. */
async function endUnused(platform: AccountTokens, prefix: string, stored: string | undefined): Promise<void> {
  // Without the stored one's id, nobody could tell it from the others.
  if (stored === undefined) return;
  for (const { id } of await platform.list(prefix)) if (id !== stored) await platform.end(id);
}

async function endOld(
  { context }: Target,
  platform: AccountTokens | undefined,
  replaced: Replaced | undefined,
  now: { readonly accountId: string; readonly token: string },
): Promise<boolean> {
  if (replaced === undefined || replaced.id === (await tokenId(context.cloudflareUrl, now))) return false;
  if (platform === undefined || replaced.kind === "user") return false;
  await platform.end(replaced.id);
  return true;
}

async function tokenFaults(
  { context }: Target,
  accountId: string,
  token: string,
  permissions: ReturnType<typeof neededPermissions>,
): Promise<Fault[]> {
  const { status } = await verifyToken(context.cloudflareUrl, accountId, token);
  if (status !== "active")
    return [
      {
        where: "the new token",
        what:
          status === "unknown"
            ? "Cloudflare does not know it: not as a user's token and not as one of this account"
            : `it is ${status}`,
        fix: "Give one that works.",
      },
    ];
  return probePermissions(context.cloudflareUrl, accountId, token, permissions);
}

async function tokenId(
  url: string,
  account: { readonly accountId: string; readonly token: string },
): Promise<string | undefined> {
  return (await verifyToken(url, account.accountId, account.token)).id;
}

async function refuseWhileRunning({ context }: Target): Promise<void> {
  const { pulumi, organization, project, stack } = context;
  const running = await pulumiHistory(pulumi, organization, project, stack).running();
  if (running === undefined) return;
  throw new FaultsError([
    {
      where: `stack ${organization}/${project}/${stack}`,
      what: `an operation (${running}) is running with the old token`,
      fix: "Wait until it has ended, and run this again.",
    },
  ]);
}

/** The token that may make tokens: out of its own Environment, or this process's variable. Never the deploy token's. */
async function platformTokens(
  { context, declared }: Target,
  accountId: string,
  wanted: boolean | string | undefined,
): Promise<AccountTokens | undefined> {
  if (wanted === undefined || wanted === false) return undefined;
  const variable = process.env.CLOUDFLARE_PLATFORM_TOKEN;
  const environment = typeof wanted === "string" ? wanted : `${context.project}/platform-cloudflare`;
  let token: unknown = variable;
  if (variable === undefined || variable === "") {
    const client = context.client.forOrganization(declared.organization);
    const there = await client.environment(environment);
    token = there && valueTree(await client.openEnvironment(environment)).shared.CLOUDFLARE_API_TOKEN;
  }
  const wrong = typeof token === "string" ? credentialFault(token) : undefined;
  if (wrong !== undefined)
    throw new FaultsError([
      {
        where: variable ? "CLOUDFLARE_PLATFORM_TOKEN" : `Environment ${environment}`,
        what: `the token that makes tokens: ${wrong}; it was not sent`,
        fix: "Set the token alone.",
      },
    ]);
  if (typeof token === "string") return accountTokens(context.cloudflareUrl, accountId, token);
  throw new FaultsError([
    {
      where: `Environment ${environment}, environmentVariables.CLOUDFLARE_API_TOKEN`,
      what: "there is no token that may make tokens, neither there nor in CLOUDFLARE_PLATFORM_TOKEN",
      fix: "Store one with the permission 'Account API Tokens: Edit' there (pulumi env edit), or give the new token by --value -.",
    },
  ]);
}

/** `90d`: days from now. */
export function expiry(text: string, now = new Date()): Date {
  const days = /^([1-9]\d{0,3})d$/.exec(text)?.[1];
  if (days !== undefined) return new Date(now.getTime() + Number(days) * 86_400_000);
  throw new FaultsError([
    { where: "--expires", what: `'${text}' is no number of days`, fix: "Write it as 90d." },
  ]);
}
