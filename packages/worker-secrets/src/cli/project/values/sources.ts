import { ServiceError } from "../../../api/http.ts";
import type { Fault } from "../../../faults.ts";
import { readStandardInput } from "../../terminal/standard-input.ts";
import type { Context } from "../context.ts";
import { readDevVars } from "./dev-vars.ts";
import { fromOpened, fromProcess, type Given } from "./given.ts";
import type { Known } from "./known-names.ts";
import { parseValues } from "./parse-values.ts";

/** Where the values come from, as the options of a command say. All optional. */
export interface ValueOptions {
  /** `-`: standard input. */
  readonly values?: string | undefined;
  /** Its lines are taken as they stand, not by dotenv's rules. */
  readonly raw?: boolean | undefined;
  readonly fromProcess?: boolean | undefined;
  /** `FILE` or `WORKER=FILE`. */
  readonly fromDevVars?: readonly string[] | undefined;
  /** Environment with the account id and token (and whatever else it holds). */
  readonly fromEnv?: string | undefined;
  /** Environment with the Worker's secrets. */
  readonly fromVars?: string | undefined;
  readonly generate?: readonly string[] | undefined;
  readonly replace?: readonly string[] | undefined;
  /** Names whose value may be stored as a literal although it comes from elsewhere. */
  readonly detach?: readonly string[] | undefined;
}

/**
 * Reads every source, in the order of precedence: standard input, `.dev.vars`, `--from-vars`, `--from-env`, the process
 * environment. (What is generated or asked for comes after them all.) Faults are collected; old Environments are only
 * opened, never written.
 */
export async function readSources(
  options: ValueOptions,
  context: Context,
  known: Known,
  faults: Fault[],
): Promise<Given[]> {
  const given: Given[] = [];
  if (options.values !== undefined) {
    const text = await readStandardInput("--values -", "ws init --values -");
    given.push(...parseValues({ text, source: "standard input", known, raw: options.raw === true }, faults));
  }
  for (const spec of options.fromDevVars ?? []) given.push(...readDevVars(spec, known, faults));
  for (const [option, name] of [
    ["--from-vars", options.fromVars],
    ["--from-env", options.fromEnv],
  ] as const) {
    if (name !== undefined) given.push(...(await openOld(option, name, context, faults)));
  }
  if (options.fromProcess === true) given.push(...fromProcess(known.names, process.env));
  return given;
}

async function openOld(option: string, name: string, context: Context, faults: Fault[]): Promise<Given[]> {
  const parts = name.split("/");
  if (name.includes("@") || parts.length > 3 || parts.some((part) => part === "")) {
    faults.push({
      where: option,
      what: "what is given is no Environment's name",
      fix: `Write ${option} PROJECT/NAME (a name alone is in the project 'default').`,
    });
    return [];
  }
  const client = parts.length === 3 ? context.client.forOrganization(parts[0] ?? "") : context.client;
  const path = parts.length === 1 ? `default/${name}` : parts.slice(-2).join("/");
  try {
    return fromOpened(await client.openEnvironment(path), `Environment ${name}`, faults);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    faults.push({
      where: `${option}, Environment ${name}`,
      what: `it can't be opened: ${error.message}`,
      fix: "List those that are there: pulumi env ls",
    });
    return [];
  }
}
