import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import { join } from "node:path";
import { inspect } from "node:util";
import { createAdaptorServer } from "@hono/node-server";
import { createCloudflareHalf, createToken, type NewToken } from "./cloudflare/index.ts";
import { describeSandbox, type SandboxDescription } from "./description.ts";
import { type OnExchange, witnessed } from "./http/exchange.ts";
import type { FaultPlan } from "./http/fault-plan.ts";
import { type Faulty, faulty, type Hit } from "./http/faults.ts";
import { front } from "./http/front.ts";
import type { RateLimit } from "./http/rate-limit.ts";
import { note } from "./output.ts";
import { createPulumiHalf } from "./pulumi/index.ts";
import { diskFault } from "./store/disk.ts";
import { type DataFolder, openDataFolder } from "./store/folder.ts";
import type { Identity } from "./store/identity.ts";
import { type Store, table } from "./store/store.ts";
import { openText, sealText, type Vault, WrongKey } from "./store/vault.ts";
import { startWorkers } from "./workers/index.ts";

export type { Exchange } from "./http/exchange.ts";
export type { Fault, FaultRule } from "./http/fault-plan.ts";
export type { FaultPlan, Hit, NewToken, OnExchange, RateLimit, SandboxDescription };

/** Options of `startSandbox`. */
export interface SandboxOptions {
  /** Port of both APIs; the Workers answer on the next one. 0 takes free ports, the same as before where they are still free. */
  readonly port: number;
  /** Folder for the sandbox's database, key and Workers; created where it is missing. One sandbox at a time uses it. */
  readonly dataFolder: string;
  /** Whether `pulumi` may send its state as a journal, step by step. Otherwise each step sends the whole state. Default: `true`. */
  readonly journals?: boolean;
  /** How many requests a token may send to each API; beyond, the answer is 429 with `Retry-After`. Default: no limit. */
  readonly rateLimit?: RateLimit;
  /** Token of both APIs: 40 to 80 characters of `[0-9A-Za-z_-]`, not in the form of a real one. Default: generated once and kept. */
  readonly token?: string;
  /** Called with every request to the APIs and its answer. Default: none. */
  readonly onExchange?: OnExchange;
  /** What goes wrong on purpose between the APIs and their clients. Default: nothing. */
  readonly faults?: FaultPlan;
}

/** A running sandbox. */
export interface Sandbox {
  /** Addresses, token and ids, and the variables that point clients at the sandbox. */
  readonly description: SandboxDescription;
  /** Creates another Cloudflare API token, such as one that expires, and returns its value. */
  createCloudflareToken(token: NewToken): string;
  /** Sets what goes wrong from the next call on; `undefined`: nothing. */
  injectFaults(plan: FaultPlan | undefined): void;
  /** The calls that went wrong since `injectFaults`. */
  faultsMet(): readonly Hit[];
  /** Ends the servers and the Workers, and releases the data folder, whose contents stay. */
  close(): Promise<void>;
}

/** The sandbox can't start as asked: a port in use, a token of the wrong form, a key file of another data folder. */
export class SandboxRefused extends Error {}

/**
 * Starts the local cloud. Both APIs answer when the promise resolves; workerd may still be starting, and requests to Workers wait for it.
 *
 * @throws `SandboxRefused`: a port in use, a token of the wrong form, a key file of another data folder. Any other `Error`: the data
 *   folder can't be used, because another sandbox has it, other users may read it, or the disk refuses it. Each message says what to do.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const token = options.token === undefined ? undefined : checkedToken(options.token);
  const folder = openDataFolder(options.dataFolder);
  const opened: (() => Promise<void>)[] = [async () => folder.close()];
  const close = async () => {
    for (const step of opened.splice(0).reverse()) await step();
  };
  try {
    const identity = loadIdentity(folder, token);
    const workersPort = options.port === 0 ? 0 : options.port + 1;
    const workersFolder = join(folder.path, "workers");
    const workers = await startWorkers({ port: workersPort, folder: workersFolder }).catch((error: Error) => {
      throw portFault(error, workersPort, options.port);
    });
    opened.push(() => workers.close());
    const now = () => new Date();
    const context = { store: folder.store, vault: folder.vault, identity, now };
    const pulumi = createPulumiHalf({ ...context, journals: options.journals ?? true });
    const cloudflare = { ...context, workers, workersUrl: () => workers.url, report: reportFault };
    const halves = { pulumi, cloudflare: createCloudflareHalf(cloudflare) };
    const apis = front(halves, options.rateLimit === undefined ? {} : { rateLimit: options.rateLimit });
    const seen = options.onExchange === undefined ? apis : witnessed(apis, options.onExchange);
    // Outermost: a witness sees what the APIs answered, not what became of it on the way.
    const faults = faulty(seen, options.faults);
    const server = await listenAgain(folder.store, faults.fetch, options.port);
    opened.push(() => stop(server));
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("the server has no address");
    if (folder.store.get(ports, ["port"]) === undefined) folder.store.put(ports, ["port"], address.port);
    return {
      description: describeSandbox(identity, `http://127.0.0.1:${address.port}`, workers.url),
      createCloudflareToken: (token) => createToken(cloudflare, token).value,
      injectFaults: faults.use,
      faultsMet: faults.hits,
      close,
    };
  } catch (error) {
    await close();
    throw diskFault(error, folder.path);
  }
}

/** A fault of the sandbox itself: the client is told nothing of it, whoever runs the sandbox is. */
function reportFault(error: unknown): void {
  note(inspect(error));
}

interface KeptIdentity {
  readonly accountId: string;
  /** Sealed. */
  readonly token: string;
}

const identities = table<KeptIdentity>("sandbox/identity");

/** The account id stays for the folder's life; a token given now replaces the kept one. */
function loadIdentity({ store, vault }: DataFolder, given: string | undefined): Identity {
  const kept = store.get(identities, ["identity"]);
  const token =
    given ??
    (kept === undefined ? `sandbox-${randomBytes(36).toString("base64url")}` : keptToken(vault, kept.token));
  const accountId = kept?.accountId ?? randomBytes(16).toString("hex");
  // Nothing is written that is there: so one can read on a full disk, and delete.
  if (kept === undefined || given !== undefined)
    store.put(identities, ["identity"], { accountId, token: sealText(vault, "identity", token) });
  return {
    user: "sandbox-user",
    email: "sandbox-user@example.com",
    organization: "sandbox",
    token,
    accountId,
    accountName: "Sandbox account",
    subdomain: "sandbox",
  };
}

function keptToken(vault: Vault, sealed: string): string {
  try {
    return openText(vault, "identity", sealed);
  } catch (error) {
    if (!(error instanceof WrongKey)) throw error;
    throw new SandboxRefused(
      "The data folder's key file is not the one that its database was written with. Restore the right one, or start with another --data folder.",
    );
  }
}

/** The forms of real tokens are refused: whoever gives one has probably mistaken the variable. */
function checkedToken(token: string): string {
  const make = 'Make one: echo "sandbox-$(openssl rand -hex 24)"';
  if (/^(?:cf(?:k|ut|at)_(?!sandbox-)|pul-)/.test(token) || /^(?!sandbox-)[\w-]{40}$/.test(token))
    throw new SandboxRefused(`The token has the form of a real one of Cloudflare or Pulumi Cloud. ${make}`);
  if (/^[0-9A-Za-z_-]{40,80}$/.test(token)) return token;
  throw new SandboxRefused(
    `The token has the wrong form (${token.length} characters; it takes 40 to 80 letters, digits, _ or -). ${make}`,
  );
}

/** Where the folder was first served: the states of its stacks name that address, and only answer there. */
const ports = table<number>("sandbox/port");

/** With port 0, comes back to where the folder was served before, if that is free. */
async function listenAgain(store: Store, fetch: Parameters<typeof listen>[0], port: number): Promise<Server> {
  const before = store.get(ports, ["port"]);
  if (before === undefined || port === before) return listen(fetch, port);
  if (port === 0) return listen(fetch, before).catch(() => listen(fetch, 0));
  note(
    `The data folder was first used on port ${before}; its stacks' states name that address. Use --port ${before} to go on with them.`,
  );
  return listen(fetch, port);
}

function listen(fetch: Faulty["fetch"], port: number): Promise<Server> {
  // createAdaptorServer types its server as any of Node's; without options it is the plain HTTP one.
  const server = createAdaptorServer({ fetch, hostname: "127.0.0.1" }) as Server;
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(portFault(error, port)));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

/**
 * Port faults in the words of somebody who has to choose another one. `given`: of --port, which is the APIs'; the Workers' is the next.
 *
 * @internal
 */
export function portFault(error: Error, port: number, given = port): Error {
  const code = "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") {
    return new SandboxRefused(
      `Port ${port} is in use, perhaps by another sandbox (--port ${given} takes ${given} for the APIs and ${given + 1} for the Workers). Stop it, or choose another with --port N.`,
    );
  }
  if (code === "EACCES")
    return new SandboxRefused(
      `Port ${port} may not be used by this user. Choose one above 1023 with --port N.`,
    );
  return error;
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
