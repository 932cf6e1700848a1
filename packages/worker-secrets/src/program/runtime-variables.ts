import * as v from "valibot";
import { parse } from "yaml";
import type { Fault } from "../faults.ts";

/**
 * Variables by which a process runs other code or trusts and asks another host. The CLI sets an Environment's variables for
 * the program and for every plugin, so whoever may write the Environment could run code on the deployer's machine, or have
 * the deploy token sent to a host of their own.
 */
const FORBIDDEN: readonly (readonly [what: string, names: RegExp])[] = [
  [
    "it makes a runtime load or run other code",
    /^(NODE_(?!ENV$).*|NODE|TS_NODE_.*|ESBUILD_.*|BUN_.*|DENO_.*)$/,
  ],
  [
    "it makes a runtime load or run other code",
    /^(PYTHON.*|PERL5.*|PERL_.*|RUBY.*|GEM_.*|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|GODEBUG|GOFLAGS|GOROOT|GOPATH|GOPROXY)$/,
  ],
  [
    "it makes the system load or run other code",
    /^(LD_.*|DYLD_.*|GCONV_PATH|PATH|PATHEXT|SHELL|COMSPEC|BASH_ENV|BASH_FUNC_.*|PROMPT_COMMAND|IFS|EDITOR|VISUAL|PAGER|BROWSER)$/,
  ],
  [
    "it moves the folders that settings and programs are read from",
    /^(HOME|USERPROFILE|APPDATA|LOCALAPPDATA|XDG_.*|TMPDIR|TEMP|TMP)$/,
  ],
  [
    "it changes how packages and sources are fetched",
    /^(NPM_.*|YARN_.*|PNPM_.*|COREPACK_.*|SSH_ASKPASS|DOCKER_(HOST|CONFIG))$/,
  ],
  [
    "it makes git run other code",
    /^GIT_(SSH.*|EXEC_PATH|CONFIG.*|ASKPASS|PROXY_COMMAND|EXTERNAL_DIFF|TEMPLATE_DIR|PAGER|.*EDITOR|DIR|WORK_TREE|SSL.*)$/,
  ],
  ["it sends calls through another host", /^(.*_PROXY)$/],
  [
    "it changes which certificates are trusted",
    /^(SSL_CERT_.*|SSLKEYLOGFILE|OPENSSL_.*|CURL_.*|REQUESTS_CA_BUNDLE|AWS_CA_BUNDLE)$/,
  ],
  [
    "it names another host for the deploy token",
    /^(CLOUDFLARE_.*(URL|HOST|HOSTNAME)|CF_API_.*|WRANGLER_.*|MINIFLARE_.*)$/,
  ],
  [
    "it changes where and how the engine runs",
    /^PULUMI_(API|BACKEND_URL|HOME|CREDENTIALS_PATH|DEBUG_.*|NODEJS_.*|RUNTIME_.*|AUTOMATION_.*|DEV|PLUGIN_.*|IGNORE_AMBIENT_PLUGINS|EXPERIMENTAL|MONITOR|ENGINE|STACK)$/,
  ],
  ["it changes what these tools do", /^WORKER_SECRETS_.*$/],
];

/** Why an Environment must not set a variable; `undefined` where it may. Whatever the case: Windows and proxies know none. */
export function forbiddenVariable(name: string): string | undefined {
  return FORBIDDEN.find(([, names]) => names.test(name.toUpperCase()))?.[0];
}

/** A fault for each variable that the Environments of a stack must not set. `where`: the Environment that sets them. */
export function variableFaults(names: Iterable<string>, where: string): Fault[] {
  return [...new Set(names)].flatMap((name) => {
    const why = forbiddenVariable(name);
    return why === undefined
      ? []
      : [
          {
            where,
            what: `it sets the variable ${name}: ${why}. No process of a deployment takes that from an Environment`,
            fix: `Take it out: pulumi env edit ${where.replace(/^Environment /, "")}. Where it is needed, set it outside ESC; and see who wrote it: pulumi env version history.`,
          },
        ];
  });
}

const groups = v.object({
  values: v.object({
    environmentVariables: v.optional(v.record(v.string(), v.unknown()), {}),
    files: v.optional(v.record(v.string(), v.unknown()), {}),
  }),
});

/** The variables that a definition's own text sets; those of what it imports are known once it is opened. */
export function variablesSetBy(yaml: string | undefined): string[] {
  if (yaml === undefined) return [];
  try {
    const read = v.safeParse(groups, parse(yaml));
    return read.success ? variablesIn(read.output.values) : [];
  } catch {
    return [];
  }
}

/**
 * Whether a definition may give processes variables that its own text does not name: by an import that is merged, or by a reference or
 * a call in the place of the names.
 */
export function hasVariablesFromElsewhere(yaml: string | undefined): boolean {
  try {
    const { imports, values } = Object(yaml === undefined ? undefined : parse(yaml)) as Record<
      string,
      unknown
    >;
    const isApart = (one: unknown) =>
      typeof one === "object" &&
      Object.values(Object(one)).every((options) => Object(options).merge === false);
    const { environmentVariables = {}, files = {} } = Object(values) as Record<string, unknown>;
    const isNamed = (group: unknown) =>
      typeof group === "object" && Object.keys(Object(group)).every((name) => !name.startsWith("fn::"));
    return !(
      (Array.isArray(imports) ? imports : []).every(isApart) && [environmentVariables, files].every(isNamed)
    );
  } catch {
    return true;
  }
}

/** The variables of opened values: those that name a file hold its path. */
export function variablesIn({ environmentVariables, files }: Readonly<Record<string, unknown>>): string[] {
  return [...Object.keys(Object(environmentVariables)), ...Object.keys(Object(files))];
}
