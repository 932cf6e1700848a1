import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Ended } from "./process.ts";
import type { World } from "./world.ts";

const ROOT = join(import.meta.dirname, "../..");
const WS = join(ROOT, "packages/worker-secrets/src/cli/ws.ts");

/** Both clouds behind proxies that count a command's calls, and can end it at one of them. */
export interface Interrupter {
  /** Pulumi Cloud through the proxy. A state remembers the address it was made by, so every engine has to use this one. */
  readonly pulumiUrl: string;
  /** Runs `ws`, or another program of this repository, to its end. `at`: the signal goes when the call of that number (from 1) arrives, before it is passed on. */
  run(args: readonly string[], options?: RunOptions): Promise<Interrupted>;
  close(): Promise<void>;
}

export interface RunOptions {
  /** What is run in the place of `ws`, and with what before `args`: `[process.execPath, "packages/worker-secrets/src/cli/ci/stack.ts"]`. */
  readonly program?: readonly [command: string, ...args: string[]];
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly at?: number;
  /** `^C`: it runs in a terminal (Linux alone: by util-linux's `script`), and that key is pressed. */
  readonly signal?: "SIGKILL" | "SIGINT" | "^C";
  /** The call that it ends at has reached the service, but its answer is lost. */
  readonly after?: true;
  /**
   * Instead of a signal, the call of that number fails, and each later one of the same method and path with it: it is answered
   * with a status and not passed on, or (`lost`) it takes place, once, and no answer ever comes.
   */
  readonly fails?: number | "lost";
  /** Which calls count; by default those of the command itself, not those of the engine. */
  readonly counts?: (call: {
    readonly method: string;
    readonly path: string;
    readonly agent: string;
  }) => boolean;
}

export interface Interrupted extends Ended {
  /** `METHOD path` of the calls that counted. */
  readonly calls: readonly string[];
}

/**
 * How long a call is held back that a command is interrupted at: Node looks for signals after all else that has come, so
 * an answer right behind the signal would be taken first.
 */
const HEARD_MS = 100;

/** In the form of either service. */
const REFUSED = JSON.stringify({
  code: 0,
  message: "refused by the test",
  success: false,
  errors: [{ code: 9999, message: "refused by the test" }],
  messages: [],
  result: null,
});

const ownCalls: NonNullable<RunOptions["counts"]> = ({ agent }) => agent === "node" || agent === "undici";

export async function interrupter(world: World): Promise<Interrupter> {
  const { pulumi, cloudflare } = world.sandbox.description;
  let calls: string[] = [];
  let child: ChildProcess | undefined;
  let options: RunOptions = {};
  let ended = false;
  let failing: string | undefined;

  const end = () => {
    ended = true;
    if (child?.pid === undefined) return;
    // The whole group, as when a machine goes down; an interruption as a process manager sends it, to the command alone.
    if (options.signal === "^C") child.stdin?.write("\x03");
    else if (options.signal === "SIGINT") process.kill(child.pid, "SIGINT");
    else process.kill(-child.pid, "SIGKILL");
  };
  const proxy = (target: URL): Promise<Server> => {
    const server = createServer((incoming, outgoing) => {
      void body(incoming).then(async (bytes) => {
        const { method = "GET", url: path = "/", headers } = incoming;
        const counted = (options.counts ?? ownCalls)({ method, path, agent: headers["user-agent"] ?? "" });
        if (counted) calls.push(`${method} ${path.split("?")[0]}`);
        const hit = counted && calls.length === options.at;
        const same = `${method} ${path.split("?")[0]}`;
        const repeated = same === failing;
        if (hit && options.fails !== undefined) failing = same;
        if (failing === same && typeof options.fails === "number") {
          outgoing.writeHead(options.fails, { "content-type": "application/json" });
          return void outgoing.end(REFUSED);
        }
        if (repeated) return void outgoing.destroy();
        if (hit && options.after !== true && options.fails === undefined) {
          end();
          if (kills(options)) return incoming.destroy();
          await new Promise((resolve) => setTimeout(resolve, HEARD_MS));
        }
        // What a killed command still had on its way is lost with it.
        if (ended && !hit && kills(options)) return incoming.destroy();
        const passed = request(
          {
            host: target.hostname,
            port: target.port,
            method,
            path,
            headers: { ...headers, host: target.host },
          },
          (answer) => {
            if (hit && (options.after === true || options.fails === "lost")) {
              if (options.fails === undefined) end();
              answer.resume();
              return outgoing.destroy();
            }
            outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(outgoing);
          },
        );
        passed.on("error", () => outgoing.destroy());
        passed.end(bytes);
      });
    });
    return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
  };
  const urls = [new URL(pulumi.url), new URL(cloudflare.url)] as const;
  const servers = [await proxy(urls[0]), await proxy(urls[1])] as const;
  const at = (index: 0 | 1) =>
    `http://127.0.0.1:${(servers[index].address() as AddressInfo).port}${urls[index].pathname.replace(/\/$/, "")}`;

  return {
    pulumiUrl: at(0),
    run(args, given = {}) {
      calls = [];
      failing = undefined;
      options = given;
      ended = false;
      const { CLOUDFLARE_API_TOKEN: _, CLOUDFLARE_ACCOUNT_ID: __, ...around } = process.env;
      const wanted = [...(given.program ?? [process.execPath, WS]), ...args];
      const [command = "", ...rest] = given.signal === "^C" ? inTerminal(wanted) : wanted;
      const started = spawn(command, rest, {
        cwd: ROOT,
        detached: true,
        env: {
          ...around,
          PULUMI_BACKEND_URL: at(0),
          CLOUDFLARE_BASE_URL: at(1),
          PULUMI_ACCESS_TOKEN: pulumi.token,
          PULUMI_HOME: join(world.folder, "home"),
          ...given.env,
        },
      });
      child = started;
      let stdout = "";
      let stderr = "";
      started.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        stdout += chunk;
      });
      started.stderr.setEncoding("utf8").on("data", (chunk: string) => {
        stderr += chunk;
      });
      started.stdin.on("error", () => undefined);
      if (given.signal !== "^C") started.stdin.end(given.input ?? "");
      return new Promise((resolve, reject) => {
        started.on("error", reject);
        started.on("close", (code, signal) => {
          ended = false;
          options = {};
          resolve({ code, signal, stdout, stderr, calls: [...calls] });
        });
      });
    },
    async close() {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

function kills({ signal = "SIGKILL" }: RunOptions): boolean {
  return signal === "SIGKILL";
}

function inTerminal(command: readonly string[]): string[] {
  const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  return ["script", "--quiet", "--return", "--flush", "--command", `exec ${quoted}`, "/dev/null"];
}

async function body(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
