#!/usr/bin/env node
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { inspect, parseArgs } from "node:util";
import { DEFAULT_PORT } from "./defaults.ts";
import type { FaultPlan } from "./http/fault-plan.ts";
import { parseFaultPlan } from "./http/fault-text.ts";
import { parseRateLimit, type RateLimit } from "./http/rate-limit.ts";
import { argumentFault, note, print } from "./output.ts";
import { SandboxRefused, startSandbox } from "./sandbox.ts";
import { DiskRefused } from "./store/disk.ts";
import { UnusableFolder } from "./store/folder.ts";
import { UnknownLayout } from "./store/layouts.ts";

const HELP = `Usage: npx worker-secrets sandbox [options]

Runs the local cloud in the foreground: Pulumi Cloud's and Cloudflare's APIs on this machine, Workers in workerd.
It is for sample values: whoever can read its folder can read them.

A Worker answers at http://NAME.localhost:PORT/ of the Workers' port, and to a Host header with its custom domain or
route. GET /cdn-cgi/local/scheduled?cron=EXPRESSION there fires its cron, as with wrangler dev.

  --port N      port of both APIs, Workers on N+1 (default ${DEFAULT_PORT}; 0 takes any free ones)
  --data DIR    folder that keeps everything (default .sandbox)
  --token T     opens both APIs: 40 to 80 letters, digits, _ or -, best with "sandbox-" first, never a real one's form
                (default: made once and kept; also SANDBOX_TOKEN)
  --no-journal  has pulumi send its whole state at every step, as it does with PULUMI_DISABLE_JOURNALING
  --rate-limit N[/S]  at most N requests in S seconds (default 60) to each API, then 429 with Retry-After
  --faults FILE|RULES  what goes wrong on purpose: docs/faults.md has the rules
  --json        first line on stdout (npm run -s): one JSON object with URLs, tokens and the variables for clients
  --help        this text

Exit codes: 0 stopped by SIGINT or SIGTERM, 1 could not start, 2 wrong usage.`;

/** Bytes of a file of rules. */
const MOST_RULES = 1024 * 1024;

class WrongUsage extends Error {}

interface Options {
  readonly port: number;
  readonly data: string;
  readonly token: string | undefined;
  readonly journals: boolean;
  readonly rateLimit: RateLimit | undefined;
  readonly faults: FaultPlan | undefined;
  readonly json: boolean;
  readonly help: boolean;
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: "string", default: String(DEFAULT_PORT) },
        data: { type: "string", default: ".sandbox" },
        token: { type: "string" },
        "no-journal": { type: "boolean", default: false },
        "rate-limit": { type: "string" },
        faults: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    const port = Number(values.port);
    if (!/^\d+$/.test(values.port) || port > 65_534)
      throw new WrongUsage("what --port gives is not a port (0 to 65534)");
    if (values.data === "") throw new WrongUsage("--data is empty");
    const limit = values["rate-limit"];
    const rateLimit = limit === undefined ? undefined : parseRateLimit(limit);
    if (limit !== undefined && rateLimit === undefined)
      throw new WrongUsage(
        "what --rate-limit gives is not a limit: give N or N/SECONDS, such as 100 or 1200/300",
      );
    return {
      ...values,
      port,
      journals: !values["no-journal"],
      rateLimit,
      faults: values.faults === undefined ? undefined : readFaults(values.faults),
      token: values.token ?? process.env.SANDBOX_TOKEN,
    };
  } catch (error) {
    throw new WrongUsage(argumentFault(error));
  }
}

/** The name of a file that holds the rules, or the rules themselves. */
function readFaults(given: string): FaultPlan {
  const found = statSync(given, { throwIfNoEntry: false });
  if (found === undefined) return parseFaultPlan(given);
  // A named pipe would wait for whoever writes into it, and a device may never end.
  if (!found.isFile() || found.size > MOST_RULES)
    throw new WrongUsage("what --faults names is no file of rules of at most 1 MB");
  return parseFaultPlan(readFileSync(given, "utf8"));
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) return print(HELP);
  const sandbox = await startSandbox({
    port: options.port,
    dataFolder: resolve(options.data),
    journals: options.journals,
    ...(options.token === undefined ? {} : { token: options.token }),
    ...(options.rateLimit === undefined ? {} : { rateLimit: options.rateLimit }),
    ...(options.faults === undefined ? {} : { faults: options.faults }),
  });
  const stop = () => {
    // A second signal ends at once: whatever was acknowledged is on disk already.
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
    sandbox.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);

  const { description } = sandbox;
  if (options.json) {
    print(JSON.stringify(description));
    return;
  }
  print(`The sandbox is ready (data in ${resolve(options.data)}; sample values only).

  Pulumi Cloud   ${description.pulumi.url}   organization ${description.pulumi.organization}
  Cloudflare     ${description.cloudflare.url}   account ${description.cloudflare.accountId}
  Workers        ${description.workers.url}

Point a shell at it:
${Object.entries(description.env)
  .map(([name, value]) => `  export ${name}=${value}`)
  .join("\n")}

Ctrl-C stops it; everything stays in the folder.`);
}

main().catch((error: unknown) => {
  if (error instanceof WrongUsage) {
    note(`${error.message}\n\n${HELP}`);
    process.exit(2);
  }
  const known = [SandboxRefused, UnusableFolder, UnknownLayout, DiskRefused].some(
    (kind) => error instanceof kind,
  );
  note(known && error instanceof Error ? error.message : inspect(error));
  process.exit(1);
});
