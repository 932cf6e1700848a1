import { FaultsError } from "../../../faults.ts";
import type { Context } from "../../project/context.ts";
import { Blocked } from "./check.ts";

/** What has to be known before anything else can be asked: which project, which stack, which clouds, and who is logged in. */
export type About = "project" | "stack" | "endpoints" | "login";

/** What a failure to find it is about, from the place that the fault names (packages/worker-secrets/src/cli/project/context.ts). */
export function aboutOf(error: unknown): About {
  const where = error instanceof FaultsError ? (error.faults[0]?.where ?? "") : "";
  if (/Pulumi\.yaml(:\d+:\d+)?$/.test(where)) return "project";
  if (/^(the stack( |$)|Pulumi\.)/.test(where)) return "stack";
  if (["CLOUDFLARE_BASE_URL", "PULUMI_BACKEND_URL", "the state backend"].includes(where)) return "endpoints";
  return "login";
}

/** The context, for the check that a failure is about; for every other one it is only out of reach. */
export function foundFor(context: Promise<Context>, about: About): Promise<Context> {
  return context.catch((error: unknown) => {
    throw aboutOf(error) === about ? error : new Blocked(unknown(aboutOf(error)));
  });
}

/** Why a check behind it was not made. */
function unknown(about: About): string {
  return `the ${about} ${about === "endpoints" ? "are" : "is"} not known`;
}
