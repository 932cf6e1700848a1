import { CLOUDFLARE, PULUMI_CLOUD } from "../../../program/endpoints.ts";
import { storedAccess } from "../../project/access.ts";
import { type Context, openContext, readProject } from "../../project/context.ts";
import { type Declared, readDeclared } from "../../project/declared.ts";
import { openStackFile } from "../../project/stack-file.ts";
import { checkAssets } from "./assets.ts";
import { Blocked, bounded, type Check, fail, ok, warn } from "./check.ts";
import {
  type Access,
  checkOrphanScripts,
  checkOwnership,
  checkPermissions,
  checkSubdomain,
  readAccess,
  tokenCheck,
  usable,
} from "./cloudflare.ts";
import { checkClock, checkEndpoints } from "./clouds.ts";
import { aboutOf, foundFor } from "./found.ts";
import { checkLock } from "./lock.ts";
import {
  checkCloudflareEnvironment,
  checkDefinition,
  checkLogin,
  checkOrphans,
  checkSecretsEnvironment,
  checkStack,
} from "./pulumi.ts";
import { checkTokens } from "./tokens.ts";
import { checkEngine, checkGit, checkNode, checkPlugins, checkWrangler } from "./tools.ts";
import { checkWriters } from "./writers.ts";

/** Every check, side by side, in the order of the report. Nothing is written, and none waits for another's failure. */
export async function diagnose(
  root: string,
  stack: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
  now = new Date(),
): Promise<readonly Check[]> {
  const context = openContext({ stack, root, env });
  const declared = context.then((found) =>
    readDeclared(found, openStackFile(found.stackFile), { today: now }),
  );
  const access = Promise.all([context, declared]).then(async ([found, files]): Promise<Access> => {
    const { accountId, token } = await storedAccess(found, files);
    if (accountId === undefined || token === undefined)
      throw new Blocked("the deploy token or the account id is not stored");
    return readAccess(found.cloudflareUrl, accountId, token);
  });
  // What these fail with is told by the check that asks first; the others are only blocked by it.
  const needs = <T>(promise: Promise<T>, what: string): Promise<T> =>
    promise.catch((error: unknown) => {
      throw error instanceof Blocked ? error : new Blocked(what);
    });
  const inContext = () => needs(context, "the stack or the login is not known");
  const files = () => needs(declared, "the stack's files can't be read");
  const deploy = () => needs(access, "the deploy token can't be read");
  const withFiles = (work: (context: Context, declared: Declared) => Promise<Check[]>) => async () =>
    work(await inContext(), await files());
  const withToken =
    (work: (context: Context, declared: Declared, access: Access) => Promise<Check[]>) => async () =>
      work(await inContext(), await files(), usable(await deploy()));
  const urls = context.then(
    ({ pulumi, cloudflareUrl }) => ({ pulumi: pulumi.url, cloudflare: cloudflareUrl }),
    () => ({
      pulumi: env.PULUMI_BACKEND_URL || PULUMI_CLOUD,
      cloudflare: env.CLOUDFLARE_BASE_URL || CLOUDFLARE,
    }),
  );
  const directories = declared.then(
    ({ workers }) => workers.map(({ config }) => config.directory),
    () => [],
  );

  const checks: (readonly [string, () => Promise<readonly Check[]>])[] = [
    ["node", async () => [checkNode()]],
    ["pulumi", () => checkEngine(env)],
    ["plugins", async () => checkPlugins(env, (await context.catch(() => undefined))?.local ?? false)],
    ["wrangler", async () => [await checkWrangler(root, await directories)]],
    ["git", async () => [await checkGit(root)]],
    ["project", async () => [ok("project", readProject(root).name)]],
    [
      "endpoints",
      async () => {
        await context.catch((error: unknown) => {
          if (aboutOf(error) === "endpoints") throw error;
        });
        return [checkEndpoints((await urls).pulumi, (await urls).cloudflare)];
      },
    ],
    ["clock and Pulumi Cloud", async () => [await checkClock("Pulumi Cloud", (await urls).pulumi)]],
    ["clock and Cloudflare", async () => [await checkClock("Cloudflare", (await urls).cloudflare)]],
    ["login", async () => checkLogin(await foundFor(context, "login"))],
    ["stack", async () => checkStack(await foundFor(context, "stack"))],
    ["stack lock", async () => checkLock(await inContext(), now)],
    ["files", async () => checkFiles(await needsContextFirst(context, declared), now)],
    ["assets", async () => checkAssets(await files())],
    ["Environment <stack>-cloudflare", withFiles(checkCloudflareEnvironment)],
    ["Environment <stack>-secrets", withFiles(checkSecretsEnvironment)],
    ["Environment <stack>", withFiles(checkDefinition)],
    ["writers of Environments", withFiles(checkWriters)],
    ["orphaned Environments", withFiles(checkOrphans)],
    ["token", async () => tokenCheck((await deploy()).facts, (await inContext()).stack, now)],
    ["permissions", withToken((_context, files, token) => checkPermissions(token, files))],
    [
      "unused tokens",
      withToken((found, files, token) => checkTokens(found, files, token, env.CLOUDFLARE_PLATFORM_TOKEN)),
    ],
    ["workers.dev", withToken((_context, files, token) => checkSubdomain(token, files))],
    ["Workers", withToken(checkOwnership)],
    ["orphaned Workers", withToken(checkOrphanScripts)],
  ];
  const done = await Promise.all(checks.map(([name, work]) => bounded(name, work)));
  return done.flat();
}

/** The files' own faults are told here, but not those of the login a second time. */
async function needsContextFirst(context: Promise<Context>, declared: Promise<Declared>): Promise<Declared> {
  await context.catch(() => {
    throw new Blocked("the stack or the login is not known");
  });
  return declared;
}

/** A compatibility date this old has missed much: no fault, but worth knowing. */
const OLD_DAYS = 730;

function checkFiles({ workers, prod }: Declared, now: Date): Check[] {
  return workers.flatMap(({ name, scriptName, config, blockFaults }): Check[] => {
    const days = Math.floor((now.getTime() - Date.parse(config.compatibilityDate)) / 86_400_000);
    const named = `the Worker '${name}' is the script '${scriptName}'`;
    return [
      ok(`file ${config.file}`, `${named}, ${config.requiredSecrets.length} secrets declared`),
      ...(days > OLD_DAYS
        ? [
            warn(
              `file ${config.file}`,
              `the compatibility date ${config.compatibilityDate} is ${Math.floor(days / 365)} years old`,
              "Set a newer 'compatibility_date', and test the Worker: npx worker-secrets dev",
            ),
          ]
        : []),
      ...config.warnings.map(({ where, what, fix }) => warn(`file ${config.file}`, `${where}: ${what}`, fix)),
      ...blockFaults.map(({ where, what, fix }) =>
        (prod ? fail : warn)(`file ${config.file}`, `${where}: ${what}`, fix),
      ),
    ];
  });
}
