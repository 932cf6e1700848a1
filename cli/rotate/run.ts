import { environmentUpkeep } from "../../service/pulumi-revisions.ts";
import { deployedOf, deployedWorker } from "../../stack/deployed.ts";
import { type Fault, refuseIfAny } from "../../stack/faults.ts";
import { fingerprint } from "../../stack/fingerprints.ts";
import { valueTree } from "../../stack/values.ts";
import { CommandFailed, ExitCode } from "../command.ts";
import { openContext } from "../context.ts";
import { openValues } from "../dev/values.ts";
import { otherClient } from "../init/sources.ts";
import { generatedKey } from "../init-environments.ts";
import { progressLine, withRunner } from "../promote/deploy.ts";
import { fingerprintKey } from "../promote/fingerprint-key.ts";
import { deployAccount, openTarget, type Target } from "../promote/target.ts";
import { writePin } from "../promote/write-pin.ts";
import { projectRoot } from "../root.ts";
import { readValue } from "./input.ts";
import { decide, findPlace, type Place, previousName } from "./plan.ts";
import { endOverlap, sourceOf, storeRotated } from "./store.ts";
import { verifyDeployed, verifyUrl } from "./verify.ts";

export interface RotateOptions {
  readonly worker?: string;
  readonly generate?: boolean;
  readonly value?: string;
  readonly rotator?: boolean;
  readonly overlap?: boolean;
  readonly endOverlap?: boolean;
  readonly verifyUrl?: string;
  /** `false` with `--no-up`. */
  readonly up?: boolean;
  readonly json?: boolean;
  readonly root?: string;
  readonly stack?: string;
}

/** `ws rotate NAME`. Gives the exit code. */
export async function runRotate(name: string, options: RotateOptions, signal: AbortSignal): Promise<number> {
  const { json = false, up = true, overlap = false } = options;
  const target = await openTarget(
    await openContext({ stack: options.stack, root: projectRoot(options.root) }),
  );
  const { context, declared, file } = target;
  const environment = context.names.secrets;
  progressLine(`Reading ${environment} …`);
  const client = otherClient(context, declared.organization);
  const upkeep = environmentUpkeep(context.pulumi, declared.organization, environment);
  const stored = await client.environment(environment);
  const tree = valueTree(
    stored === undefined ? {} : await openValues(context, { ...declared, secretsRevision: undefined }),
  );

  const faults: Fault[] = [];
  const place = findPlace(name, options.worker, declared.workers, tree, faults);
  refuseIfAny(faults);
  const source = stored === undefined ? "missing" : sourceOf(stored.yaml, place);
  faults.push(...sourceFaults(place, source, options, environment));
  if (overlap || options.endOverlap) faults.push(...overlapFaults(place));
  faults.push(...pinFaults(target, options));
  refuseIfAny(faults);

  const textOf = (one: string, from = tree): string | undefined => {
    const values: Readonly<Record<string, unknown>> =
      place.worker === undefined ? from.shared : (from.own[place.worker] ?? {});
    return typeof values[one] === "string" ? values[one] : undefined;
  };
  let done: string;
  if (options.endOverlap) {
    const current = textOf(name);
    if (current === undefined) throw new CommandFailed(`'${name}' has no value in ${environment}.`);
    const required = place.users.some(({ config }) => config.requiredSecrets.includes(previousName(name)));
    const ended =
      required && textOf(previousName(name)) === current
        ? false
        : await endOverlap(client, environment, place, current, required);
    done = ended ? "overlap ended" : "there was no overlap";
  } else {
    const given = options.rotator ? undefined : await readValue(name, options, signal);
    const decision = decide(
      name,
      {
        stored: textOf(name),
        previous: textOf(previousName(name)),
        isDeployed: deployedTest(target, place),
        given,
      },
      overlap,
    );
    if (decision.kind === "refuse") {
      refuseIfAny([{ where: `Environment ${environment}`, what: decision.what, fix: decision.fix }]);
    }
    signal.throwIfAborted();
    if (decision.kind === "write") {
      progressLine(`Writing ${environment} …`);
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
      } else await storeRotated(client, environment, place, given ?? generatedKey(), decision.keep);
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
  let pinned = false;
  if (declared.secretsRevision !== undefined && /^\d/.test(declared.secretsRevision) && latest !== undefined)
    pinned = await writePin(context, String(latest.number));

  let versions: string[] = [];
  if (up) {
    signal.throwIfAborted();
    await withRunner(context, progressLine, signal, (host, output) => host.up(output), {
      message: `ws rotate ${name}`,
    });
    progressLine("Verifying …");
    versions = await verify(target, place, value, options.verifyUrl);
  }
  const deployed = up ? "deployed and verified" : "not deployed (--no-up): pulumi up";
  if (json)
    process.stdout.write(
      `${JSON.stringify({ ok: true, name, environment, revision: latest?.number ?? null, done, file: { path: file.shownAs, written: pinned }, deployed: up, versions })}\n`,
    );
  else
    process.stdout.write(
      `${name} of ${context.stack}: ${done} (revision ${latest?.number ?? "?"} of ${environment}); ${deployed}${pinned ? `\n${file.shownAs}: pinned to ${latest?.number}; commit it` : ""}\n`,
    );
  return ExitCode.ok;
}

function sourceFaults(
  { name }: Place,
  source: ReturnType<typeof sourceOf>,
  { rotator = false, overlap = false, endOverlap: ending = false }: RotateOptions,
  environment: string,
): Fault[] {
  const where = `Environment ${environment}`;
  const look = `Look at it: pulumi env edit ${environment}`;
  if (ending) return [];
  if (rotator && overlap)
    return [
      {
        where: "--overlap",
        what: "a rotator keeps the value before by itself, in its own state",
        fix: "Leave --overlap out.",
      },
    ];
  if (rotator)
    return source === "rotator"
      ? []
      : [{ where, what: `'${name}' is not made by a rotator (fn::rotate)`, fix: look }];
  if (source === "rotator")
    return [{ where, what: `'${name}' is made by a rotator`, fix: "Let it make a new one: --rotator" }];
  if (source === "elsewhere")
    return [
      {
        where,
        what: `the value of '${name}' comes from elsewhere; writing it here would cut it off`,
        fix: `Rotate it where it comes from. ${look}`,
      },
    ];
  return [];
}

function overlapFaults({ name, users }: Place): Fault[] {
  const previous = previousName(name);
  return users
    .filter(
      ({ config, optionalSecrets }) =>
        !config.requiredSecrets.includes(previous) && !optionalSecrets.includes(previous),
    )
    .map(({ config, name: worker }) => ({
      where: config.whereIs(["secrets", "required"]),
      what: `an overlap needs '${previous}', and the Worker '${worker}' does not declare it`,
      fix: `Add it to 'optionalSecrets' of the Worker's entry (then it may be absent), or to secrets.required.`,
    }));
}

function pinFaults(
  { declared: { secretsRevision }, context, file }: Target,
  { up = true }: RotateOptions,
): Fault[] {
  if (secretsRevision === undefined || /^\d/.test(secretsRevision) || !up) return [];
  return [
    {
      where: `${file.shownAs}, ${context.project}:secretsRevision`,
      what: `the values are pinned to the tag '${secretsRevision}', so a new value would not be deployed`,
      fix: `Store it with --no-up, then move the tag: pulumi env version tag ${context.names.secrets}@${secretsRevision} @latest, and run pulumi up.`,
    },
  ];
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
  const where = { url: context.cloudflareUrl, ...(await deployAccount(target)) };
  const versions = await verifyDeployed(place, value, where, stack, faults);
  if (url !== undefined) faults.push(...(await verifyUrl(url, place, value)));
  if (faults.length === 0) return versions;
  const lines = faults.map((fault) => `  - ${fault.where}: ${fault.what}\n    ${fault.fix}`);
  throw new CommandFailed(`The new value is stored and the up ended, but:\n${lines.join("\n")}`);
}
