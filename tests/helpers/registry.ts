import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { installed, testCache } from "./installed.ts";

const exec = promisify(execFile);
const SERVER = join(import.meta.dirname, "../registry");
const CACHE = testCache("registry");
/** What no other registry is ever asked for. */
const OURS = ["worker-secrets", "create-worker-secrets", "@worker-secrets/*"];
const EVERYONE = { access: "$all", publish: "$all", unpublish: "$all" };

/** An npm registry on this machine: our packages as they are published, all others from the registry that npm is set up for. */
export interface Registry {
  readonly url: string;
  /** For a process of npm, pnpm or Yarn: this registry, a cache of its own, and nothing of the user's settings. */
  readonly env: Readonly<Record<string, string>>;
  /** Publishes a package's folder or tarball; `latest` then names it. */
  publish(folderOrTarball: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a registry, with our packages in these folders (`builtPackages`) or none of them. Other packages stay in a cache folder between
 * runs; what is published goes with `close`.
 */
export async function startRegistry(ours: ReadonlyMap<string, string> = new Map()): Promise<Registry> {
  const verdaccio = await installed(SERVER, CACHE, "the registry of the tests (verdaccio)");
  const folder = mkdtempSync(join(tmpdir(), "worker-secrets-registry-"));
  const configuration = join(folder, "verdaccio.yaml");
  writeFileSync(configuration, JSON.stringify(await verdaccioConfig(folder)));
  const log = openSync(join(folder, "log"), "a");
  const child = fork(join(SERVER, "server.ts"), [verdaccio, configuration], {
    stdio: ["ignore", log, log, "ipc"],
    execArgv: [],
    env: { ...process.env, NODE_EXTRA_CA_CERTS: await extraCertificates() },
  });
  const ended = once(child, "exit");
  const port = await Promise.race([once(child, "message").then(([sent]) => Number(sent)), ended]);
  const close = async () => {
    child.kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  if (typeof port !== "number") {
    const words = readFileSync(join(folder, "log"), "utf8");
    await close();
    throw new Error(`the registry did not start:\n${words}`);
  }
  const url = `http://127.0.0.1:${port}/`;
  const env = clientVariables(folder, url);
  try {
    for (const built of ours.values()) await publish(built, env);
  } catch (error) {
    await close();
    throw error;
  }
  return { url, env, close, publish: (what) => publish(what, env) };
}

async function publish(what: string, env: Readonly<Record<string, string>>): Promise<void> {
  const args = ["publish", what, "--ignore-scripts", "--provenance=false", "--loglevel=error"];
  await exec("npm", args, { env: { ...process.env, ...env }, shell: process.platform === "win32" });
}

async function verdaccioConfig(folder: string): Promise<unknown> {
  const storage = join(folder, "storage");
  const own = Object.fromEntries(OURS.map((pattern) => [pattern, EVERYONE]));
  return {
    storage,
    uplinks: {
      others: { url: await npmConfig("registry"), cache: true, maxage: "10m", timeout: "60s", max_fails: 20 },
    },
    // The first pattern that fits counts. A package's storage is relative to the one above.
    packages: {
      ...own,
      "**": { ...EVERYONE, proxy: "others", storage: relative(storage, join(CACHE, "others")) },
    },
    auth: { htpasswd: { file: join(folder, "htpasswd"), max_users: -1 } },
    web: { enable: false },
    log: { type: "stdout", format: "pretty", level: "warn" },
  };
}

/** A registry inside a network may have a certificate that npm knows by its setting `cafile`. */
async function extraCertificates(): Promise<string> {
  const cafile = await npmConfig("cafile");
  return process.env.NODE_EXTRA_CA_CERTS ?? (cafile === "null" ? "" : cafile);
}

async function npmConfig(key: string): Promise<string> {
  const { stdout } = await exec("npm", ["config", "get", key], { shell: process.platform === "win32" });
  return stdout.trim();
}

function clientVariables(folder: string, url: string): Record<string, string> {
  const npmrc = join(folder, "npmrc");
  // npm publishes only with a token; this registry takes any.
  writeFileSync(npmrc, `registry=${url}\n${url.replace(/^http:/, "")}:_authToken=of-the-tests\n`);
  return {
    PATH: [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter),
    npm_config_registry: url,
    npm_config_userconfig: npmrc,
    npm_config_globalconfig: join(folder, "no-npmrc"),
    npm_config_cache: join(folder, "npm-cache"),
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
    YARN_NPM_REGISTRY_SERVER: url.replace(/\/$/, ""),
    YARN_UNSAFE_HTTP_WHITELIST: "127.0.0.1",
  };
}
