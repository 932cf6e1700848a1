import type { DeployedWorker } from "../../../api/cloudflare-deployed.ts";
import type { DeclaredWorker } from "../../../program/declared-worker.ts";
import { ownSecrets } from "../../../program/secret-names.ts";
import { pointsElsewhere } from "./elsewhere.ts";
import { compareSettings, tailConsumers } from "./settings.ts";
import { shownAs } from "./shown-as.ts";

/** Something that the Worker has, or that the files say, and what the first `up` makes of it. */
export interface Difference {
  readonly what:
    | "secret"
    | "variable"
    | "binding"
    | "cron"
    | "domain"
    | "route"
    | "queue consumer"
    | "tail consumer"
    | "address"
    | "assets"
    | "setting";
  readonly name: string;
  readonly change: "kept" | "added" | "changed" | "lost" | "unmanaged";
  /** Never a value. */
  readonly detail: string;
}

/** What the person who adopts has decided by name. */
export interface Named {
  readonly drop: readonly string[];
  readonly external: readonly string[];
}

/** How the static assets are named in `--drop`. */
const ASSETS = "static assets";

const SECRETS = ["secret_text", "secret_key"];
const VARIABLES = ["plain_text", "json"];

/**
 * The Worker as it is against the Worker as it is declared. Pure. `scriptOf` gives the script in the account for a
 * Worker's name in the wrangler file.
 */
export function compare(
  deployed: DeployedWorker,
  worker: DeclaredWorker,
  prod: boolean,
  scriptOf: (wranglerName: string) => string,
): Difference[] {
  const { config, externalSecrets, programSecrets, resources, scriptName } = worker;
  const found: Difference[] = [];
  const add = (what: Difference["what"], name: string, change: Difference["change"], detail = "") =>
    void found.push({ what, name, change, detail });
  const secrets = new Set(ownSecrets(worker));
  const bindings = new Map(config.bindings.map((one) => [one.name, one]));
  const declaredNames = new Set([
    ...secrets,
    ...externalSecrets,
    ...Object.keys(config.vars),
    ...bindings.keys(),
  ]);

  for (const one of deployed.bindings) {
    const { name, type } = one;
    const what = SECRETS.includes(type) ? "secret" : VARIABLES.includes(type) ? "variable" : "binding";
    if (!declaredNames.has(name)) add(what, name, "lost", type);
    else if (externalSecrets.includes(name)) add(what, name, "kept", "set by somebody else: inherited");
    else if (secrets.has(name)) {
      const same = SECRETS.includes(type);
      const from = programSecrets.includes(name) ? "that the program passes" : "stored in ESC";
      add(
        "secret",
        name,
        same ? "kept" : "changed",
        same ? `gets the value ${from}` : `was ${type}, becomes a secret`,
      );
    } else if (Object.hasOwn(config.vars, name)) {
      const value = config.vars[name];
      const same = type === "plain_text" ? one.text === value : type === "json" && sameJson(one.json, value);
      add(
        "variable",
        name,
        same ? "kept" : "changed",
        same ? "" : `another value, from ${config.whereIs(["vars", name])}`,
      );
    } else {
      const declared = bindings.get(name);
      const points =
        declared === undefined
          ? []
          : pointsElsewhere(one, declared, { source: resources.get(name), scriptOf, scriptName });
      if (declared?.type !== type)
        add("binding", name, "lost", `${type}; the file has ${declared?.type ?? "something else"}`);
      else if (points.length > 0)
        add("binding", name, "lost", `${type}; it would point elsewhere: ${points.join(", ")}`);
      else add("binding", name, "kept", type);
    }
  }
  const present = new Set(deployed.bindings.map(({ name }) => name));
  for (const name of declaredNames) {
    // One of somebody else that is not there is nothing that an 'up' could add: it is refused by name.
    if (present.has(name) || externalSecrets.includes(name)) continue;
    const type = bindings.get(name)?.type;
    add(
      type !== undefined ? "binding" : secrets.has(name) ? "secret" : "variable",
      name,
      "added",
      type ?? "",
    );
  }

  lists("cron", deployed.crons, config.crons, config.crons === undefined ? "unmanaged" : "lost");
  const domains = config.routes.flatMap((route) => (route.kind === "custom_domain" ? [route.hostname] : []));
  lists(
    "domain",
    deployed.domains.map(({ hostname }) => hostname),
    domains,
    "unmanaged",
  );
  const patterns = config.routes.flatMap((route) => (route.kind === "route" ? [route.pattern] : []));
  lists(
    "route",
    deployed.routes.map(({ pattern }) => pattern),
    patterns,
    "unmanaged",
  );
  const consumed = deployed.consumes.map(({ queue }) => queue);
  // The provider can't import one, and the API refuses a second one of the same script (11004).
  for (const { queue } of config.queueConsumers)
    if (consumed.includes(queue)) add("queue consumer", queue, "changed", "made anew, see below");
    else add("queue consumer", queue, "added");
  for (const queue of consumed)
    if (!config.queueConsumers.some((one) => one.queue === queue)) add("queue consumer", queue, "unmanaged");
  lists(
    "tail consumer",
    tailConsumers(deployed.settings.tail_consumers),
    config.tailConsumers.map(({ service }) => scriptOf(service)),
    "lost",
  );
  if (deployed.hasAssets || config.assets !== undefined) {
    const will = config.assets !== undefined;
    const change = deployed.hasAssets === will ? "kept" : will ? "added" : "lost";
    add("assets", ASSETS, change, change === "lost" ? `${config.file} has no 'assets'` : "");
  }

  address("workers.dev", deployed.subdomain.enabled, config.workersDev && !prod);
  // No address of the Worker itself, so no loss; off by default, because they serve old versions with their secrets.
  setting("preview URLs", onOff(deployed.subdomain.previewsEnabled), onOff(config.previewUrls && !prod));
  for (const { name, has, will } of compareSettings(deployed, config)) setting(name, has, will);
  return found;

  function lists(
    what: Difference["what"],
    has: readonly string[],
    declared: readonly string[] | undefined,
    other: "lost" | "unmanaged",
  ) {
    for (const name of has) add(what, name, declared?.includes(name) === true ? "kept" : other);
    for (const name of declared ?? []) if (!has.includes(name)) add(what, name, "added");
  }
  function address(name: string, has: boolean, will: boolean) {
    if (has === will) add("address", name, "kept", has ? "on" : "off");
    else add("address", name, will ? "added" : "lost", will ? "was off" : "would be turned off");
  }
  function setting(name: string, has: unknown, will: unknown) {
    const [before, after] = [has, will].map((value) => (value === undefined ? "not set" : shownAs(value)));
    add(
      "setting",
      name,
      before === after ? "kept" : "changed",
      before === after ? after : `${before} → ${after}`,
    );
  }
}

/**
 * What adoption refuses until it is named: what the first `up` would take away, and what would stay on Cloudflare without
 * anybody managing it. What the file does not speak of (no `crons` key) is left alone on purpose, and is no loss.
 */
export function losses(differences: readonly Difference[], { drop, external }: Named): Difference[] {
  return differences.filter(({ what, name, change }) => {
    if (change !== "lost" && change !== "unmanaged") return false;
    if (what === "cron" && change === "unmanaged") return false;
    return !drop.includes(name) && !(what === "secret" && external.includes(name));
  });
}

/** The names in --drop and --external that fit nothing: a slip of the pen must not pass for a decision. */
export function strangers(
  deployed: DeployedWorker,
  differences: readonly Difference[],
  { drop, external }: Named,
): string[] {
  const droppable = new Set(
    differences.filter(({ change }) => change === "lost" || change === "unmanaged").map(({ name }) => name),
  );
  const secrets = new Set(
    deployed.bindings.filter(({ type }) => SECRETS.includes(type)).map(({ name }) => name),
  );
  return [
    ...drop.filter((name) => !droppable.has(name)).map((name) => `--drop ${name}`),
    ...external.filter((name) => !secrets.has(name)).map((name) => `--external ${name}`),
  ];
}

/** The API answers JSON variables as JSON or as its text. */
function sameJson(has: unknown, value: unknown): boolean {
  const parsed = typeof has === "string" ? safeJson(has) : has;
  return shownAs(parsed) === shownAs(value);
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function onOff(on: boolean): string {
  return on ? "on" : "off";
}
