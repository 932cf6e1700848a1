import { delimiter, dirname, join, relative } from "node:path";
import type { Fault } from "../../../faults.ts";
import type { SecretValues } from "../../../program/values.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * What a development server needs of the surrounding environment, and nothing that opens anything: no token, no account, no
 * login of either cloud.
 */
const ALLOWED: ReadonlySet<string> = new Set([
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "TERM",
  "COLORTERM",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TMPDIR",
  "TMP",
  "TEMP",
  "DISPLAY",
  "WAYLAND_DISPLAY",
  "BROWSER",
  "CI",
  "NO_COLOR",
  "FORCE_COLOR",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "ALL_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "all_proxy",
  "WRANGLER_LOG",
  "WRANGLER_LOG_PATH",
  "WRANGLER_LOG_SANITIZE",
  "WRANGLER_HIDE_BANNER",
  "WRANGLER_SEND_METRICS",
  "WRANGLER_SEND_ERROR_REPORTS",
  "MINIFLARE_WORKERD_PATH",
  // Windows starts nothing without these.
  "SystemRoot",
  "ComSpec",
  "PATHEXT",
  "APPDATA",
  "LOCALAPPDATA",
  "USERPROFILE",
]);

const ALLOWED_PREFIXES = ["LC_", "XDG_"];

function allowed(name: string): boolean {
  return ALLOWED.has(name) || ALLOWED_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** Variables that Node, the dynamic linker or wrangler itself heeds: as one of these a secret would change the tool. */
const HEEDED = /^(NODE_|LD_|DYLD_|CLOUDFLARE_|CF_|WRANGLER_|MINIFLARE_|npm_)/;

/** Why some values can't travel in a process environment; names only. */
export function environmentFaults(values: SecretValues, worker: string): Fault[] {
  return [...values].flatMap(([name, value]): Fault[] => {
    const where = `secret '${name}' of the Worker '${worker}'`;
    if (allowed(name) || HEEDED.test(name)) {
      return [
        {
          where,
          what: "a process environment can't carry it: wrangler or Node itself heeds a variable of that name",
          fix: "Write it to .dev.vars instead: ws dev --write, and then npx wrangler dev. Or rename it.",
        },
      ];
    }
    if (value.includes("\0") || !value.isWellFormed()) {
      return [
        {
          where,
          what: "a process environment can't carry its value: it holds a NUL character or is no well-formed Unicode",
          fix: "Encode such a value, in base64 for instance, and decode it in the Worker.",
        },
      ];
    }
    return [];
  });
}

/**
 * The environment of the child: the Worker's secrets and the allowed rest. A variable that the wrangler file names in `vars` is left out,
 * since wrangler would let it replace the file's value. Programs of the project are found as npm's scripts find them.
 */
export function childEnvironment(
  env: Env,
  values: SecretValues,
  worker: {
    readonly directory: string;
    readonly requiredSecrets: readonly string[];
    readonly vars: Readonly<Record<string, unknown>>;
  },
  root: string,
): Record<string, string> {
  const kept = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && allowed(name) && !(Object.hasOwn(worker.vars, name) && name !== "PATH")
      ? [[name, value] as const]
      : [],
  );
  return {
    ...Object.fromEntries(kept),
    // The Node that runs this one comes first: an older one can't run wrangler.
    PATH: [dirname(process.execPath), ...programFolders(worker.directory, root), env.PATH ?? ""]
      .filter((part) => part !== "")
      .join(delimiter),
    // With `secrets.required`, wrangler takes those names out of its environment; without, only when told to.
    ...(worker.requiredSecrets.length === 0 && values.size > 0
      ? { CLOUDFLARE_INCLUDE_PROCESS_ENV: "true" }
      : {}),
    ...Object.fromEntries(values),
  };
}

/** `node_modules/.bin` of the Worker's folder and of each above it up to the project's, nearest first. */
function programFolders(directory: string, root: string): string[] {
  const here = join(directory, "node_modules", ".bin");
  const isBelow =
    !relative(root, directory).startsWith("..") && directory !== root && directory !== dirname(directory);
  return [here, ...(isBelow ? programFolders(dirname(directory), root) : [])];
}

/** Local values of the secrets that the program passes to a stack's Worker: those that the environment of the command has. */
export function localValues(programSecrets: readonly string[], env: Env): SecretValues {
  return new Map(
    programSecrets.flatMap((name) => {
      const value = env[name];
      return value === undefined || value === "" ? [] : [[name, value] as const];
    }),
  );
}

/** Optional secrets that wrangler will not pass on: where `secrets.required` is declared, it takes those names alone. */
export function notTaken(values: SecretValues, requiredSecrets: readonly string[]): string[] {
  if (requiredSecrets.length === 0) return [];
  return [...values.keys()].filter((name) => !requiredSecrets.includes(name));
}
