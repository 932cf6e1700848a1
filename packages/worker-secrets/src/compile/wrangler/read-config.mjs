// @ts-check
// Runs in a process of its own, with wrangler in it: reads many wrangler files in one go, each at the top level and with each of its
// `env` blocks. Arguments: a file with the requests, and the one to write the readings into.
import { readFileSync, writeFileSync } from "node:fs";
import module, { createRequire } from "node:module";
import { relative } from "node:path";

const [from = "", to = ""] = process.argv.slice(2);
const { script, compileCache, requests } = JSON.parse(readFileSync(from, "utf8"));
if (compileCache !== undefined) module.enableCompileCache?.(compileCache);
const { unstable_readConfig: readConfig, experimental_readRawConfig: readRaw } =
  createRequire(script)("wrangler");

// biome-ignore lint/suspicious/noConsole: it is not printed with, it is caught: wrangler writes its warnings there.
const warn = console.warn;
writeFileSync(to, JSON.stringify(requests.map(readAll)), { mode: 0o600 });
console.warn = warn;
// wrangler may have begun something, such as asking for a newer version of itself.
process.exit(0);

/** @param {{ directory: string, config?: string }} request */
function readAll({ directory, config }) {
  process.chdir(directory);
  const top = readOne(config, "");
  if (top.config?.redirected) return { "": top };
  return Object.fromEntries(
    ["", ...blocksOf(config, top.config)].map((env) => [env, env === "" ? top : readOne(config, env)]),
  );
}

/**
 * Also where the top level is refused: then what is wrong with a block is said with it.
 *
 * @param {string | undefined} config
 * @param {{ definedEnvironments?: string[] } | undefined} top
 */
function blocksOf(config, top) {
  if (top?.definedEnvironments !== undefined) return top.definedEnvironments;
  try {
    const { env } = readRaw({ config }).rawConfig;
    return typeof env === "object" && env !== null && !Array.isArray(env) ? Object.keys(env) : [];
  } catch {
    return []; // said by the reading of the top level
  }
}

/**
 * wrangler has its warnings for the console alone. Paths are made relative to the folder: the same file is read alike wherever it is.
 *
 * @param {string | undefined} config
 * @param {string} env
 */
function readOne(config, env) {
  /** @type {string[]} */
  const warnings = [];
  console.warn = (...parts) => void warnings.push(parts.join(" "));
  try {
    const { configPath, userConfigPath, main, ...rest } = readConfig(
      { config, env },
      { useRedirectIfAvailable: true },
    );
    const redirected = configPath !== userConfigPath;
    return { warnings, config: { ...rest, redirected, main: main && relative(process.cwd(), main) } };
  } catch (error) {
    return { warnings, error: error instanceof Error ? error.message : String(error) };
  }
}
