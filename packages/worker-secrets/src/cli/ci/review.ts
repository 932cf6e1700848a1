import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { noteEffect } from "../../api/effects.ts";
import { type Fault, refuseIfAny } from "../../faults.ts";
import { defineEnvironment, sameDocument } from "../../program/definition.ts";
import { type Context, namesIn, openContext } from "../project/context.ts";
import { readDeclared } from "../project/declared.ts";
import { claimEnvironment } from "../project/environment-owner.ts";
import { writeDefinition } from "../project/init-environments.ts";
import { projectRoot } from "../project/root.ts";
import { openStackFile } from "../project/stack-file.ts";
import { ExitCode } from "../terminal/command.ts";
import { print } from "../terminal/output.ts";
import { gitHubOf } from "./github.ts";
import { reviewFile, reviewStack } from "./review-file.ts";
import { expiredPulls, listReviewStacks } from "./review-stacks.ts";
import { required, runScript, UsageError } from "./run.ts";

/** The stack whose values review stacks use: never another one, since a review runs a pull request's code. */
const VALUES_OF = "dev";

/** Writes `Pulumi.pr-N.yaml` alone: what `ws teardown` needs where the pull request's own checkout is not. */
export async function writeReviewFile(root: string, project: string, pull: number): Promise<void> {
  const base = ["Pulumi.review.yaml", `Pulumi.${VALUES_OF}.yaml`].find((name) =>
    existsSync(join(root, name)),
  );
  const text = base === undefined ? "" : await readFile(join(root, base), "utf8");
  const stack = reviewStack(pull);
  const file = `Pulumi.${stack}.yaml`;
  await writeFile(join(root, file), reviewFile(text, base ?? "", project, stack));
  noteEffect({ kind: "written", file });
}

/**
 * Makes the review stack of a pull request ready for `up`: its config file, its Environments, and the stack itself. Its value
 * Environments import those of `dev` and hold nothing themselves, so a changed value of `dev` is in the next run. Safe to repeat.
 */
export async function openReview(context: Context, pull: number, signal?: AbortSignal): Promise<string[]> {
  await writeReviewFile(context.root, context.project, pull);
  await refuseSharedPlaces(context);
  const { client, names, organization, project, stack } = context;
  const owner = { organization, project, stack };
  const values = namesIn(
    openStackFile(join(dirname(context.stackFile), `Pulumi.${VALUES_OF}.yaml`)),
    project,
    VALUES_OF,
  );
  const done: string[] = [];
  for (const key of ["cloudflare", "secrets"] as const) {
    const [name, imported] = [names[key], values[key]];
    signal?.throwIfAborted();
    const text = `# Of a review stack: the values are those of ${imported}.\nimports:\n  - ${imported}\n`;
    await claimEnvironment(client, {
      key,
      environment: name,
      owner,
      isForm: (yaml) => sameDocument(yaml, text),
    });
    const stored = await client.environment(name);
    if (stored === undefined || !sameDocument(stored.yaml, text))
      await client.updateEnvironment(name, text, stored?.etag);
    done.push(`${name}: imports ${imported}`);
  }
  signal?.throwIfAborted();
  done.push((await writeDefinition(client, defineEnvironment({ names }), owner)).line);
  done.push(`stack ${stack}: ${(await client.createStack(project, stack)) ? "made" : "there already"}`);
  return done;
}

/** A route, a custom domain or a queue's consumer belongs to one Worker: a review stack would take it from `dev`. */
async function refuseSharedPlaces(context: Context): Promise<void> {
  const { workers } = await readDeclared(context, openStackFile(context.stackFile));
  const faults = workers.flatMap(({ config }): Fault[] => {
    const taken = [
      ...(config.routes.length > 0 ? ["routes or domains"] : []),
      ...(config.queueConsumers.length > 0 ? ["queue consumers"] : []),
    ];
    if (taken.length === 0) return [];
    return [
      {
        where: config.file,
        what: `the Worker has ${taken.join(" and ")} of its own; the review stack would take them away from ${VALUES_OF}`,
        fix: "Give the wrangler file an env block without them ('review'), and write Pulumi.review.yaml with workers: [{directory: …, environment: review}].",
      },
    ];
  });
  refuseIfAny(faults);
}

/** A job's token may have another default organization: `ORGANIZATION` names the one that is meant. */
function named(stack: string, { ORGANIZATION }: NodeJS.ProcessEnv): string {
  return ORGANIZATION ? `${ORGANIZATION}/${stack}` : stack;
}

const USAGE = `Usage: node packages/worker-secrets/src/cli/ci/review.ts open N      the stack pr-N, ready for 'up'
       node packages/worker-secrets/src/cli/ci/review.ts file N      Pulumi.pr-N.yaml alone, for 'ws teardown'
       node packages/worker-secrets/src/cli/ci/review.ts expired     numbers of the pull requests whose review stacks are to go (REVIEW_DAYS, 14)`;

void runScript(import.meta.url, async ([what, number, ...rest], signal) => {
  const { env } = process;
  const root = projectRoot(env.PROJECT_ROOT);
  if (what === "expired" && number === undefined) {
    const days = Number(required({ REVIEW_DAYS: env.REVIEW_DAYS || "14" }, "REVIEW_DAYS", /^[1-9]\d{0,3}$/));
    const context = await openContext({ stack: named(VALUES_OF, env), root, env });
    const expired = await expiredPulls(await listReviewStacks(context), gitHubOf(env), days);
    for (const expiredPull of expired) print(String(expiredPull));
    return ExitCode.ok;
  }
  if ((what !== "open" && what !== "file") || rest.length > 0 || !/^[1-9]\d{0,8}$/.test(number ?? ""))
    throw new UsageError(USAGE);
  const pull = Number(number);
  const context = await openContext({ stack: named(reviewStack(pull), env), root, env });
  if (what === "file") await writeReviewFile(root, context.project, pull);
  else print((await openReview(context, pull, signal)).join("\n"));
  return ExitCode.ok;
});
