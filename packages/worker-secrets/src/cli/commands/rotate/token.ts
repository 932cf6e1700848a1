import { verifyToken } from "../../../api/cloudflare-token.ts";
import type { AccountTokens } from "../../../api/cloudflare-tokens.ts";
import { bearer, type Credential } from "../../../api/credential.ts";
import type { PulumiClient } from "../../../api/pulumi.ts";
import { pulumiHistory } from "../../../api/pulumi-history.ts";
import { type Fault, FaultsError, refuseIfAny } from "../../../faults.ts";
import { deployAccount } from "../../project/access.ts";
import { announceStack } from "../../project/announce.ts";
import { openContext } from "../../project/context.ts";
import { editEnvironment } from "../../project/init-environments.ts";
import { projectRoot } from "../../project/root.ts";
import { openTarget, type Target } from "../../project/target.ts";
import { neededPermissions, type Permission, probePermissions } from "../../project/token-permissions.ts";
import { type Replaced, tokenPrefix } from "../../project/token-record.ts";
import { coveredFaults } from "../../project/value-source.ts";
import { ExitCode, printJson } from "../../terminal/command.ts";
import { note, print } from "../../terminal/output.ts";
import { readValue, WANTED_TOKEN } from "./input.ts";
import { expiry, platformTokens } from "./platform-token.ts";
import { type Rotated, type RotationCalls, rotateToken } from "./token-rotation.ts";

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

/** `ws rotate --token`. Gives the exit code. */
export async function runRotateToken(options: TokenOptions, signal: AbortSignal): Promise<number> {
  const { json = false } = options;
  const target = await openTarget(
    await openContext({ stack: options.stack, root: projectRoot(options.root) }),
  );
  const { context, declared } = target;
  const environment = context.names.cloudflare;
  const client = context.client.forOrganization(declared.organization);
  const expiresOn = expiry(options.expires ?? DEFAULT_EXPIRY);
  const { accountId } = await deployAccount(target);
  const platform = await platformTokens(target, accountId, options.platform);
  await refuseWhileRunning(target);
  signal.throwIfAborted();

  const permissions = neededPermissions(declared.workers);
  await refuseCovered(client, environment, (await client.environment(environment))?.yaml ?? "");
  const text = platform === undefined ? await readValue(WANTED_TOKEN, options, signal) : undefined;
  const given = text === undefined ? undefined : bearer(text);
  announceStack(context);
  const calls: RotationCalls = {
    environment,
    edit: (change) => editEnvironment(client, environment, change),
    held: () => deployAccount(target),
    facts: (token) => verifyToken(context.cloudflareUrl, accountId, token),
    check: (token) => checkToken(context.cloudflareUrl, accountId, token, permissions),
    refuseWhileRunning: () => refuseWhileRunning(target),
    platform:
      platform &&
      ownTokens(target, platform, expiresOn, permissions, (name) => note(`Making the token '${name}' …`)),
  };
  if (given !== undefined) {
    note("Verifying the new token …");
    refuseIfAny((await calls.check(given)).faults);
  }
  signal.throwIfAborted();
  report(environment, permissions, await rotateToken(calls, given, signal), json);
  return ExitCode.ok;
}

function report(
  environment: string,
  permissions: readonly Permission[],
  { step, made, old, ended, byHand }: Rotated,
  json: boolean,
): void {
  const next = byHand.map(endByHand);
  const oldEnded = old !== undefined && ended.includes(old.id);
  if (json) {
    printJson({
      ok: true,
      environment,
      made: made ?? null,
      oldToken: old?.id ?? null,
      ended: oldEnded,
      ...(next.length === 0 ? {} : { next: next.join(" ") }),
    });
    return;
  }
  const what = {
    nothing: "ESC holds this token already; it is",
    finish: "the token that an earlier run stored is",
    replace: "the new token is stored,",
  }[step];
  const groups = permissions.map(({ group }) => group).join(", ");
  print(
    [
      `${environment}: ${what} opened and verified for ${groups}${oldEnded ? "; the old one has ended" : ""}`,
      ...next,
    ].join("\n"),
  );
}

function endByHand({ id, kind }: Replaced): string {
  return `End the old token (id ${id}) by hand: dashboard, ${kind === "user" ? "My Profile, API Tokens" : "Manage Account, API Tokens"}.`;
}

/** A token that comes by an import or a reference is rotated where it comes from. */
async function refuseCovered(client: PulumiClient, environment: string, yaml: string): Promise<void> {
  const name = "CLOUDFLARE_API_TOKEN";
  const way = `ws init --replace ${name} --detach ${name}`;
  const token = { name, worker: undefined, opened: true, way };
  refuseIfAny(await coveredFaults({ client, environment, yaml }, [token]));
}

/** This stack's own tokens of the account, by the name that they are created with. */
export function ownTokens(
  { context }: { readonly context: Pick<Target["context"], "organization" | "project" | "stack"> },
  platform: AccountTokens,
  expiresOn: Date,
  permissions: readonly Permission[],
  onCreate: (name: string) => void,
): NonNullable<RotationCalls["platform"]> {
  const prefix = tokenPrefix(context);
  const of = (scope: "account" | "zone") =>
    permissions.filter((one) => one.scope === scope).map(({ group }) => group);
  return {
    list: async () => (await platform.list(prefix)).map(({ id }) => id),
    async create(run) {
      const name = `${prefix}${new Date().toISOString()} ${run}`;
      onCreate(name);
      const { id, value } = await platform.create({
        name,
        expiresOn,
        account: of("account"),
        zone: of("zone"),
      });
      return { id, name, value };
    },
    end: (id) => platform.end(id),
  };
}

/** Verifies a token, and that it may do what the stack needs. */
export async function checkToken(
  url: string,
  accountId: string,
  token: Credential,
  permissions: readonly Permission[],
): ReturnType<RotationCalls["check"]> {
  const facts = await verifyToken(url, accountId, token);
  if (facts.status === "active")
    return { facts, faults: await probePermissions(url, accountId, token, permissions) };
  const fault: Fault = {
    where: "the new token",
    what:
      facts.status === "unknown"
        ? "Cloudflare does not know it: not as a user's token and not as one of this account"
        : `it is ${facts.status}`,
    fix: "Give one that works.",
  };
  return { facts, faults: [fault] };
}

async function refuseWhileRunning({ context }: Target): Promise<void> {
  const { pulumi, organization, project, stack } = context;
  const running = await pulumiHistory(pulumi, organization, project, stack).running();
  if (running === undefined) return;
  throw new FaultsError([
    {
      where: `stack ${organization}/${project}/${stack}`,
      what: `an operation (${running.kind}) is running with the old token`,
      fix: "Wait until it has ended, and run this again.",
    },
  ]);
}
