import { pulumiHistory } from "../../../api/pulumi-history.ts";
import { environmentUpkeep, type Revision } from "../../../api/pulumi-revisions.ts";
import { type Fault, refuseIfAny } from "../../../faults.ts";
import { deployedOf, deployedWorker } from "../../../program/deployed.ts";
import { fingerprint } from "../../../program/fingerprints.ts";
import { valueTree } from "../../../program/values.ts";
import { upPinned } from "../../engine/deploy-pinned.ts";
import { deployAccount } from "../../project/access.ts";
import { announceStack } from "../../project/announce.ts";
import { openContext } from "../../project/context.ts";
import { fingerprintKey } from "../../project/fingerprint-key.ts";
import { placeOf } from "../../project/init-environments.ts";
import { isNumber } from "../../project/pins/resolve-pin.ts";
import { writePin } from "../../project/pins/write-pin.ts";
import { projectRoot } from "../../project/root.ts";
import { openTarget, type Target } from "../../project/target.ts";
import { isOwn, valueOrigin } from "../../project/value-origin.ts";
import { formsOf } from "../../project/values/slots.ts";
import { openValues } from "../../project/worker-values.ts";
import { CommandFailed, ExitCode, printJson } from "../../terminal/command.ts";
import { note, print } from "../../terminal/output.ts";
import { otherChanges, overlapFaults, pinFaults, sizeFaults, sourceFaults } from "./faults.ts";
import { generateValue, readValue, wantedSecret } from "./input.ts";
import { liveFaults } from "./live.ts";
import type { RotateOptions } from "./options.ts";
import { decide, findPlace, isPending, type Place, previousName } from "./plan.ts";
import { endOverlap, storeRotated } from "./store.ts";
import { verifyDeployed, verifyUrl } from "./verify.ts";

/** How far back the last update that ended well is looked for. */
const UPDATES = 20;

/** `ws rotate NAME`. Gives the exit code. */
export async function runRotate(name: string, options: RotateOptions, signal: AbortSignal): Promise<number> {
  const { json = false, up = true, overlap = false } = options;
  const target = await openTarget(
    await openContext({ stack: options.stack, root: projectRoot(options.root) }),
  );
  const { context, declared, file } = target;
  const environment = context.names.secrets;
  note(`Reading ${environment} …`);
  const client = context.client.forOrganization(declared.organization);
  const upkeep = environmentUpkeep(context.pulumi, declared.organization, environment);
  const stored = await client.environment(environment);
  const tree = valueTree(
    stored === undefined ? {} : await openValues(context, { ...declared, secretsRevision: undefined }),
  );

  const pin = declared.secretsRevision;
  const pinnedTree =
    stored !== undefined && isNumber(pin) ? valueTree(await openValues(context, declared)) : tree;

  const faults: Fault[] = [];
  const place = findPlace(name, options.worker, declared.workers, tree, faults);
  refuseIfAny(faults);
  const valuesAt = (from = tree): Readonly<Record<string, unknown>> =>
    place.worker === undefined ? from.shared : (from.own[place.worker] ?? {});
  const yaml = stored?.yaml ?? "";
  const opened = (one: string) => Object.hasOwn(valuesAt(), one);
  const held = {
    client,
    environment,
    yaml,
    opened,
    origin: valueOrigin(yaml, placeOf(place), opened(name)),
  };
  faults.push(...(await sourceFaults(place, held, options)));
  if (overlap || options.endOverlap) faults.push(...overlapFaults(place));
  faults.push(...pinFaults(target, options));
  if (isNumber(pin)) faults.push(...otherChanges(target, place, pinnedTree, tree));
  if (up) faults.push(...(await liveFaults(target, place)));
  refuseIfAny(faults);

  const textOf = (one: string, from = tree): string | undefined => {
    const value = valuesAt(from)[one];
    return typeof value === "string" ? value : undefined;
  };
  let done: string;
  if (options.endOverlap) {
    const current = textOf(name);
    if (current === undefined) throw new CommandFailed(`'${name}' has no value in ${environment}.`);
    announceStack(context);
    const required = place.users.some(({ config }) => config.requiredSecrets.includes(previousName(name)));
    const ended =
      required && textOf(previousName(name)) === current
        ? false
        : await endOverlap(client, environment, place, current, required);
    done = ended ? "overlap ended" : "there was no overlap";
  } else {
    const wanted = wantedSecret(name, formsOf(place.users, name));
    const given = options.rotator ? undefined : await readValue(wanted, options, signal);
    const known = { stored: textOf(name), isDeployed: deployedTest(target, place) };
    const decision = decide(
      name,
      {
        ...known,
        previous: textOf(previousName(name)),
        pinned: textOf(name, pinnedTree),
        isLeftBehind:
          given === undefined &&
          isPending(known) &&
          // A value of an import or a reference was stored by no run of this command.
          (!isOwn(held.origin) || (await leftBehind(target, (await upkeep.revisions())[0]))),
        given,
      },
      overlap,
    );
    if (decision.kind === "refuse") {
      refuseIfAny([{ where: `Environment ${environment}`, what: decision.what, fix: decision.fix }]);
    }
    // Before anything is said to be written: a key that does not have the declared form stops here.
    const value = decision.kind !== "write" || options.rotator ? "" : (given ?? generateValue(wanted));
    if (decision.kind === "write")
      refuseIfAny(sizeFaults(target, place, tree, { value, keep: decision.keep }));
    signal.throwIfAborted();
    announceStack(context);
    if (decision.kind === "write") {
      note(`Writing ${environment} …`);
      if (options.rotator) {
        const wrong = await upkeep.rotate(
          [
            "values",
            place.worker === undefined ? "environmentVariables" : `workers.${place.worker}`,
            name,
          ].join("."),
        );
        if (wrong.length > 0)
          throw new CommandFailed(`The rotator of '${name}' in ${environment} failed: ${wrong.join("; ")}`);
      } else await storeRotated(client, environment, place, value, decision.keep);
    }
    done = decision.kind === "write" ? "a new value is stored" : "an earlier run has stored the value";
  }

  const now = valueTree(await openValues(context, { ...declared, secretsRevision: undefined }));
  const value = textOf(name, now);
  if (value === undefined)
    throw new CommandFailed(
      `'${name}' has no text as its value in ${environment} now: pulumi env open ${environment}`,
    );
  const [latest] = await upkeep.revisions();
  const pinLine =
    isNumber(pin) && latest !== undefined ? await writePin(context, String(latest.number)) : undefined;
  const pinned = pinLine?.written === true;

  let versions: string[] = [];
  if (up) {
    signal.throwIfAborted();
    await upPinned(context, signal, pinLine, { message: `ws rotate ${name}` });
    note("Verifying …");
    versions = await verify(target, place, value, options.verifyUrl);
  }
  const deployed = up ? "deployed and verified" : "not deployed (--no-up): pulumi up";
  if (json)
    printJson({
      ok: true,
      name,
      environment,
      revision: latest?.number ?? null,
      done,
      file: { path: file.shownAs, written: pinned },
      deployed: up,
      versions,
    });
  else
    print(
      `${name} of ${context.stack}: ${done} (revision ${latest?.number ?? "?"} of ${environment}); ${deployed}${pinned ? `\n${file.shownAs}: pinned to ${latest?.number}; commit it` : ""}`,
    );
  return ExitCode.ok;
}

/**
 * Whether an update has ended well since the latest revision of the values: a value in it that is not deployed is then
 * none of an interrupted run, but one that the stack was rolled back from.
 */
async function leftBehind({ context }: Target, latest: Revision | undefined): Promise<boolean> {
  const { pulumi, organization, project, stack } = context;
  const past = await pulumiHistory(pulumi, organization, project, stack).updates(UPDATES);
  const good = past.find(({ kind, result }) => kind === "update" && result === "succeeded");
  return good !== undefined && latest !== undefined && good.started > Date.parse(latest.created);
}

/** Tells a deployed value by its fingerprint; `undefined` when nothing of the name is deployed. */
function deployedTest({ key, deployed, context, declared }: Target, { name, users }: Place) {
  const prints = users.flatMap(
    (worker) => deployedWorker(deployed, worker.name, declared.workers.length)?.secrets[name] ?? [],
  );
  if (key === undefined || prints.length === 0) return undefined;
  return (value: string) => prints.includes(fingerprint(key, context.stack, name, value));
}

async function verify(
  target: Target,
  place: Place,
  value: string,
  url: string | undefined,
): Promise<string[]> {
  const { context, declared } = target;
  const deployment = await context.client.exportStack(context.project, context.stack);
  const stack = {
    name: context.stack,
    workers: declared.workers.length,
    deployed: deployedOf(deployment),
    key: await fingerprintKey(context, deployment),
  };
  const faults: Fault[] = [];
  const versions = await verifyDeployed(place, value, await deployAccount(target), stack, faults);
  if (url !== undefined) faults.push(...(await verifyUrl(url, place, value)));
  refuseIfAny(faults);
  return versions;
}
