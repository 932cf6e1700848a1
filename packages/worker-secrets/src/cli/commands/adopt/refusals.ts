import type { DeployedWorker } from "../../../api/cloudflare-deployed.ts";
import type { WorkerConfig } from "../../../compile/wrangler/worker-config.ts";
import { type Fault, FaultsError } from "../../../faults.ts";
import type { DeclaredWorker } from "../../../program/declared-worker.ts";
import { planMigrations } from "../../../program/migrations.ts";
import type { StackFile } from "../../project/stack-file.ts";
import { type Difference, type Named, strangers } from "./compare.ts";

/** Everything that adoption refuses, each with what decides it. */
export function* refusals(
  script: string,
  file: StackFile,
  deployed: DeployedWorker,
  { config }: DeclaredWorker,
  differences: readonly Difference[],
  lost: readonly Difference[],
  named: Named,
): Iterable<Fault> {
  for (const flag of strangers(deployed, differences, named))
    yield {
      where: flag,
      what: `the Worker '${script}' has nothing of that name to decide about`,
      fix: "Take it out of the command.",
    };
  for (const { what, name, change, detail } of lost) {
    const keep = what === "secret" ? `--external ${quoted(name)} to keep it as somebody else's, or ` : "";
    yield {
      where: `${what} '${name}' of the Worker '${script}'`,
      what: `${change === "unmanaged" ? `${config.file} does not have it: it would stay on Cloudflare, managed by nobody` : `the first 'up' would take it away${detail === "" ? "" : ` (${detail})`}`}`,
      fix: `Declare it in ${config.file}, or decide by name: ${keep}--drop ${quoted(name)}`,
    };
  }
  if (planMigrations(config.migrations, deployed.migrationTag) === "unknown-tag") {
    yield {
      where: config.whereIs(["migrations"]),
      what: `the Worker is at the Durable Object migration '${deployed.migrationTag}', which the file does not list`,
      fix: `Take the missing migrations over from where it was deployed last (${file.shownAs} can't say it).`,
    };
  }
}

/** Two stacks that deploy to one Worker would take it from each other, so it is one's own or the other's. */
export function ownedByStack(script: string, owner: string, config: WorkerConfig): FaultsError {
  return new FaultsError([
    {
      where: `Worker '${script}'`,
      what: `the stack ${owner} made it and goes on deploying to it`,
      fix: `Let that stack go of it first (docs/adoption.md, "From another project"): pulumi stack rm ${owner.split("/")[1]} --force --preserve-config, in that project. Or give this project's Worker a name of its own: 'name' at ${config.whereIs(["name"])}.`,
    },
  ]);
}

/** For a shell: crons hold spaces and stars. */
function quoted(name: string): string {
  return /^[\w./:-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}

export function addLines({ config }: DeclaredWorker, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  const block = config.environment === undefined ? "" : `, in its block 'env.${config.environment}'`;
  return `To keep all of it, add to ${config.file}${block}:\n${lines.map((line) => `  ${line}`).join("\n")}\n`;
}
