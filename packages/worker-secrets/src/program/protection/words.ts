import type { Fault } from "../../faults.ts";
import { NAMESPACE } from "../config-keys.ts";
import type { Settings } from "../settings.ts";
import { DATA_WORDS, type DataName } from "./data.ts";
import type { Loss, Reason } from "./losses.ts";

type Names = Pick<Settings, "stack" | "names">;

/** What a loss is, why it comes, and the ways on. */
export function lossFault(loss: Loss, names: Names): Fault {
  const why =
    loss.before === "protected"
      ? "the stack's state has it as protected"
      : loss.protectedNow
        ? "it is protected (prod: true, or protect: true in its entry)"
        : "the last 'pulumi up', by an earlier version of this program, had prod: true";
  return { where: placeOf(loss), what: `${effectOf(loss, names)}; ${why}`, fix: fixOf(loss, names) };
}

/** The same as one line for a preview, where nothing protects it. */
export function lossWarning(loss: Loss, names: Names): string {
  const keep = keepOf(loss, names);
  return `${placeOf(loss)}: ${effectOf(loss, names)}.${keep === "" ? "" : `\n  ${keep}`}`;
}

function placeOf(loss: Loss): string {
  switch (loss.what) {
    case "data":
      return called(loss.data);
    case "classes":
      return `Durable Objects of the Worker '${loss.worker}'`;
    default:
      return `Worker '${loss.scriptName}'`;
  }
}

function effectOf(loss: Loss, names: Names): string {
  switch (loss.what) {
    case "script":
      return `this update would delete it${withObjects(loss.classes)}: ${reasonOf(loss.reason, names)}`;
    case "data":
      return `this update would delete it with everything in it: ${
        loss.reason.why === "removed"
          ? "no binding of the stack declares it any more"
          : reasonOf(loss.reason, names)
      }`;
    case "classes":
      return `the migrations that are due delete the class ${loss.classes.join(", ")} with all of its objects`;
    case "gone": {
      const lost = [
        ...(loss.classes.length === 0 ? [] : [`its Durable Objects (${loss.classes.join(", ")})`]),
        ...loss.data.map(called),
      ];
      const rest =
        lost.length === 0 ? "" : `; this update would recreate ${lost.join(", ")} without any data`;
      return `this stack deployed it, and somebody has deleted ${loss.classes.length > 0 || loss.data.length === 0 ? "it" : "a part of it"} elsewhere${rest}`;
    }
  }
}

function reasonOf(reason: Reason, { stack }: Names): string {
  switch (reason.why) {
    case "removed":
      return `${NAMESPACE}:workers of Pulumi.${stack}.yaml no longer lists it`;
    case "renamed":
      return `its script would be called '${reason.to}' now, and Cloudflare can't rename a script: a new one is created and the old one deleted`;
    case "account":
      return `it is in the account ${reason.from}, and the stack deploys to ${reason.to} now`;
    case "tainted":
      return "the state has it marked for replacement ('pulumi state taint')";
    case "exchanged":
      return `the Worker '${reason.worker}' has its script's name now, and both names were in use before`;
  }
}

/** How it is kept. */
function keepOf(loss: Loss, { stack, names }: Names): string {
  if (loss.what === "classes") return "To keep them, take the class out of 'deleted_classes'.";
  if (loss.what === "gone")
    return "Durable Objects and deleted data can't be restored from Cloudflare; a D1 database or an export may be.";
  if (loss.reason.why === "account")
    return `To keep it, go back to the account (pulumi env set ${names.cloudflare} environmentVariables.CLOUDFLARE_ACCOUNT_ID ${loss.reason.from}).`;
  if (loss.reason.why === "tainted")
    return `To keep it, take the mark off (pulumi state untaint '${loss.reason.urn}' --stack ${stack}).`;
  if (loss.what === "data")
    return `To keep it, declare it again: {declare: true, name: ${loss.data.name}} below 'resources' of a Worker's entry.`;
  switch (loss.reason.why) {
    case "removed":
      return `To keep it, list it again in ${NAMESPACE}:workers.`;
    case "renamed":
      return `To rename the Worker and keep its script, pin the script's name: 'scriptName: ${loss.scriptName}' in the entry of '${loss.reason.worker}' in ${NAMESPACE}:workers (a stack of one Worker: pulumi config set ${NAMESPACE}:scriptName ${loss.scriptName} --stack ${stack}).`;
    case "exchanged":
      return "To exchange names and keep the scripts, rename one Worker at a time, with a 'pulumi up' after each.";
  }
}

function fixOf(loss: Loss, names: Names): string {
  const { stack } = names;
  if (loss.what === "gone")
    return `${keepOf(loss, names)} To start again without the data: allowRemoval: true in the entry of '${loss.worker}' in ${NAMESPACE}:workers, and 'pulumi up'.`;
  const owners = loss.what === "data" ? loss.owners : [loss.worker];
  const permit = owners.map((owner) => `'${owner}'`).join(" and ");
  return `${keepOf(loss, names)} To lose it on purpose, undo this change, permit it (pulumi config set --path '${NAMESPACE}:allowRemoval[0]' ${owners[0] ?? "NAME"} --stack ${stack}, or allowRemoval: true in the entry of ${permit}), run 'pulumi up', and make the change then.`;
}

function called({ kind, name }: DataName): string {
  return `${DATA_WORDS[kind]} '${name}'`;
}

function withObjects(classes: readonly string[]): string {
  return classes.length === 0 ? "" : ` with its Durable Objects (${classes.join(", ")})`;
}
