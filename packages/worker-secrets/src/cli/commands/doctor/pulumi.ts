import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { environmentsOf } from "../../../api/pulumi-catalog.ts";
import { lookThroughKeys, otherKey } from "../../../program/config-keys.ts";
import { defineEnvironment, sameDocument } from "../../../program/definition.ts";
import { environmentNames } from "../../../program/names.ts";
import { pinAdvice } from "../../../program/pins.ts";
import { readPin } from "../../../program/read-pin.ts";
import { variableFaults, variablesSetBy } from "../../../program/runtime-variables.ts";
import { checkValues } from "../../../program/values.ts";
import { storedAccess } from "../../project/access.ts";
import { ownKeys, whereKey } from "../../project/config-keys.ts";
import {
  configSize,
  describeSize,
  expectedConfig,
  isNearlyTooLarge,
  isTooLarge,
  MOST_CONFIG_BYTES,
  SIZE_FIX,
} from "../../project/config-size.ts";
import { type Context, namesIn } from "../../project/context.ts";
import type { Declared } from "../../project/declared.ts";
import { absentFix } from "../../project/deleted.ts";
import { definitionPlace, foreignFault, readStanding } from "../../project/environment-owner.ts";
import { pinFault } from "../../project/pins/stale-pin.ts";
import { openStackFile } from "../../project/stack-file.ts";
import { openValues } from "../../project/worker-values.ts";
import { type Check, fail, ok, warn } from "./check.ts";
import { orphanCheck } from "./orphans.ts";

export async function checkLogin({ client, pulumi, organization }: Context): Promise<Check[]> {
  const user = await client.user();
  return [ok("login", `${user} at ${pulumi.url}`), ok("organization", organization)];
}

/** The stack's own file, with the keys in it that nothing of this project reads, and the stack itself. */
export async function checkStack({ client, project, stack, stackFile, names }: Context): Promise<Check[]> {
  const init = `npx worker-secrets init ${stack}`;
  const file = openStackFile(stackFile);
  const imports = file.imports().includes(names.definition)
    ? ok("stack file", `${file.shownAs} imports ${names.definition}`)
    : fail(
        "stack file",
        `${file.shownAs} ${file.exists ? `does not import ${names.definition}` : "is not there"}`,
        init,
      );
  const { others } = lookThroughKeys(ownKeys(file, project).map(({ name }) => name));
  const unread = others.map((key) => {
    const { what, fix } = otherKey({ stack }, key);
    return warn("stack file", `${whereKey(file, project, key)}: ${what}`, fix);
  });
  const there = await client.stackExists(project, stack);
  return [
    imports,
    ...unread,
    there ? ok("stack", stack) : warn("stack", `${stack} does not exist yet`, init),
  ];
}

/** The Environment of the deploy credentials: there, and with both variables. */
export async function checkCloudflareEnvironment(context: Context, declared: Declared): Promise<Check[]> {
  const { names, stack } = context;
  const check = `Environment ${names.cloudflare}`;
  const client = context.client.forOrganization(declared.organization);
  const init = `npx worker-secrets init ${stack}`;
  if ((await client.environment(names.cloudflare)) === undefined)
    return [fail(check, "is not there", await absentFix(client, names.cloudflare, init))];
  const { accountId, token } = await storedAccess(context, declared);
  const missing = [
    ...(accountId === undefined ? ["CLOUDFLARE_ACCOUNT_ID"] : []),
    ...(token === undefined ? ["CLOUDFLARE_API_TOKEN"] : []),
  ];
  if (missing.length > 0) return [fail(check, `lacks ${missing.join(", ")}`, init)];
  return [ok(check, "has the account id and the deploy token")];
}

/** The Environment of the values: every declared name with a value that can be bound; names only. */
export async function checkSecretsEnvironment(context: Context, declared: Declared): Promise<Check[]> {
  const { names, project, stack, stackFile } = context;
  const check = `Environment ${names.secrets}`;
  const client = context.client.forOrganization(declared.organization);
  if ((await client.environment(names.secrets)) === undefined)
    return [
      fail(check, "is not there", await absentFix(client, names.secrets, `npx worker-secrets init ${stack}`)),
    ];
  const pin = await pinFault(openStackFile(stackFile), context, client, declared.secretsRevision);
  if (pin.length > 0) return pin.map(({ where, what, fix }) => fail(check, `${where}: ${what}`, fix));
  const opened = await openValues(context, declared);
  const { faults, undeclared, values } = checkValues({ names, workers: declared.workers }, opened);
  const count = [...values.values()].reduce((sum, one) => sum + one.size, 0);
  const complete = faults.map(({ what, fix }) => fail(check, what, fix));
  if (complete.length === 0) complete.push(ok(check, `has all ${count} declared values`));
  const scripts = declared.workers.map(({ scriptName }) => scriptName);
  const size = configSize(expectedConfig(openStackFile(stackFile), project, scripts, opened));
  if (isTooLarge(size)) complete.push(fail(check, describeSize(size), SIZE_FIX));
  else if (isNearlyTooLarge(size)) complete.push(warn(check, describeSize(size), SIZE_FIX));
  else complete.push(ok(check, `takes ${size.bytes} of ${MOST_CONFIG_BYTES} bytes with the stack's config`));
  const pinned = { names, secretsRevision: declared.secretsRevision };
  for (const { revision, what, kind } of await readPin(client, pinned)) {
    const detail =
      kind === "unread"
        ? `whether the pin holds is not known: ${revision} ${what}`
        : `is pinned, and can change: ${revision} ${what}`;
    complete.push(warn(check, detail, pinAdvice(pinned)));
  }
  for (const path of undeclared) {
    complete.push(
      warn(
        check,
        `holds ${path}, which no Worker declares`,
        `Declare it in secrets.required. Or remove it; the revision before keeps its value: pulumi env rm ${names.secrets} ${path}`,
      ),
    );
  }
  return complete;
}

/** The Environment that the stack declares: there, and with the declared text. */
export async function checkDefinition(context: Context, declared: Declared): Promise<Check[]> {
  const { names, project, stack } = context;
  const check = `Environment ${names.definition}`;
  const client = context.client.forOrganization(declared.organization);
  const stored = await client.environment(names.definition);
  const init = `npx worker-secrets init ${stack}`;
  if (stored === undefined) return [fail(check, "is not there", init)];
  const place = definitionPlace(names, { organization: context.organization, project, stack });
  const standing = await readStanding(client, place, stored);
  if (standing?.kind === "foreign") {
    const { what, fix } = await foreignFault(client, place, stored.yaml, standing);
    return [fail(check, what, fix)];
  }
  const forbidden = variableFaults(variablesSetBy(stored.yaml), check);
  if (forbidden.length > 0) return forbidden.map(({ what, fix }) => fail(check, what, fix));
  const { secretsRevision } = declared;
  const scripts = declared.workers.map(({ scriptName }) => scriptName);
  const inputs = { names, secretsRevision, scripts };
  const full = defineEnvironment(inputs);
  // What `init` writes knows no scripts yet; the first `up` adds them.
  const initial = defineEnvironment({ names, secretsRevision });
  if (sameDocument(stored.yaml, full.yaml)) return [ok(check, `is the declared definition (${full.digest})`)];
  if (sameDocument(stored.yaml, initial.yaml)) return [ok(check, "is the definition that init writes")];
  if (stored.yaml.trim() === "") return [fail(check, "is empty", init)];
  // Goes at 1.0.
  if (sameDocument(stored.yaml, defineEnvironment({ ...inputs, namespace: project }).yaml))
    return [warn(check, "has the config keys of a version before 0.2", "pulumi up writes the present ones")];
  return [
    warn(
      check,
      stored.yaml.includes(full.digest)
        ? "was edited elsewhere: it carries the declared digest, but another text"
        : "is not the definition that the files declare (an edit elsewhere, or a change that is not deployed)",
      "pulumi preview shows the difference, pulumi up writes the declared text",
    ),
  ];
}

/** What the config of this folder's stacks names: no default name, so nothing in it tells whose it is. */
async function configuredNames({ project, stackFile }: Context): Promise<ReadonlySet<string>> {
  const folder = dirname(stackFile);
  const stacks = (await readdir(folder)).flatMap((file) => /^Pulumi\.([\w.-]+)\.yaml$/.exec(file)?.[1] ?? []);
  return new Set(
    stacks.flatMap((stack) => {
      const usual: readonly string[] = Object.values(environmentNames(project, stack));
      const named = namesIn(openStackFile(join(folder, `Pulumi.${stack}.yaml`)), project, stack);
      return Object.values(named).filter((name) => !usual.includes(name));
    }),
  );
}

/** Environments of this project whose stack is gone: what they hold opens something all the same. */
export async function checkOrphans(context: Context, declared: Declared): Promise<Check[]> {
  const { project, stackFile, client, pulumi, stack } = context;
  const all = await environmentsOf(pulumi, declared.organization, project);
  const used = await configuredNames(context);
  const names = all.filter((name) => !used.has(name));
  const owner = (name: string) => name.slice(project.length + 1).replace(/-(cloudflare|secrets)$/, "");
  const stacks = [...new Set(names.flatMap((name) => [owner(name), name.slice(project.length + 1)]))];
  const alive = new Set<string>();
  await Promise.all(
    stacks.map(async (one) => {
      if (
        one === stack ||
        existsSync(join(dirname(stackFile), `Pulumi.${one}.yaml`)) ||
        (await client.stackExists(project, one))
      )
        alive.add(one);
    }),
  );
  const orphans = names.filter(
    (name) => !alive.has(owner(name)) && !alive.has(name.slice(project.length + 1)),
  );
  if (orphans.length === 0) return [ok("orphaned Environments", "none")];
  const environments = context.client.forOrganization(declared.organization);
  const kept = names.filter((name) => !orphans.includes(name));
  return Promise.all(orphans.sort().map((name) => orphanCheck(context, environments, name, kept)));
}
