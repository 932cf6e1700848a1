import { existsSync, statSync } from "node:fs";
import { relative } from "node:path";
import type { JSONPath } from "jsonc-parser";
import type { Fault } from "../../faults.ts";
import { bindingNameFault } from "../binding-name.ts";
import { cronFaults } from "./check-crons.ts";
import type { NormalisedConfig } from "./normalised-config.ts";
import type { WrittenRoute } from "./translate.ts";
import { bindingPlaces } from "./translate-bindings.ts";
import type { WorkerConfig } from "./worker-config.ts";

/** Variables and secrets of one Worker together, on the paid plan (64 on the free one). API error 10055. */
const MAX_BINDINGS = 128;

/**
 * What wrangler lets through in `deploy --dry-run`, or says later, and the API or the runtime refuses.
 */
export function checkWorker(
  worker: WorkerConfig,
  keys: NormalisedConfig,
  { today, mayBeUnbuilt = false }: { readonly today: Date; readonly mayBeUnbuilt?: boolean | undefined },
): Fault[] {
  const faults: Fault[] = [];
  const add = (path: JSONPath, what: string, fix: string) =>
    faults.push({ where: worker.whereIs(path), what, fix });
  if (worker.name === "") add(["name"], "'name' is missing", "Write the script's name, before the stack's.");
  checkCode(worker, keys, add);
  if (!mayBeUnbuilt) checkBuilt(worker, keys, add);
  checkDate(worker.compatibilityDate, today, add);
  checkNames(worker, keys, add);
  checkCombinations(worker, keys, add);
  faults.push(...placeholders(worker, keys));
  return faults;
}

type Add = (path: JSONPath, what: string, fix: string) => void;

function checkCode({ main }: WorkerConfig, keys: NormalisedConfig, add: Add): void {
  if (main?.endsWith(".py") === true)
    add(["main"], "the entry is Python, which the stack does not deploy", "Keep this Worker with wrangler.");
  if (main === undefined && keys.assets === undefined)
    add(["main"], "'main' is missing", "Point it at the Worker's module, or give 'assets' for files alone.");
}

/** What has to be there for a deployment, and comes from a build in many projects. */
function checkBuilt(worker: WorkerConfig, keys: NormalisedConfig, add: Add): void {
  const { main, assets } = worker;
  if (keys.assets !== undefined && assets === undefined) {
    add(
      ["assets"],
      "'assets.directory' is missing",
      "Name the folder to upload. Where a build tool writes the wrangler file that is deployed (@cloudflare/vite-plugin), build first.",
    );
  }
  // The build command may make both.
  if (worker.hasBuild) return;
  if (main !== undefined && !isModule(main)) {
    const shown = relative(worker.directory, main);
    add(["main"], `the entry '${shown}' does not exist`, "Point 'main' at the Worker's module.");
  }
  if (assets !== undefined && !isKind(assets.directory, "folder")) {
    const shown = relative(worker.directory, assets.directory);
    add(
      ["assets", "directory"],
      `the folder '${shown}' does not exist`,
      "Build the assets first, or correct it.",
    );
  }
}

/** A file, or what the bundler takes for one: a name without its ending, a folder with an index, or a package. */
function isModule(main: string): boolean {
  if (isKind(main, "file") || isKind(main, "folder")) return true;
  const endings = [".ts", ".tsx", ".js", ".jsx", ".mjs", ".mts", ".cjs", ".cts"];
  return endings.some((ending) => isKind(`${main}${ending}`, "file"));
}

function checkDate(date: string, today: Date, add: Add): void {
  // The runtime compares with its own day, which is UTC's.
  const last = today.toISOString().slice(0, 10);
  const path = ["compatibility_date"];
  if (date === "")
    add(
      path,
      "'compatibility_date' is missing",
      `Write the day whose behaviour the code expects, up to ${last}.`,
    );
  else if (!isDay(date)) add(path, `'${date}' is not a day of the calendar`, "Write it as YYYY-MM-DD.");
  else if (date > last)
    add(
      path,
      `the compatibility date ${date} is in the future, which the runtime refuses (10021)`,
      `Use a day up to ${last}.`,
    );
}

/** `2026-02-30` is a valid date to `Date`, which moves it into March. */
function isDay(date: string): boolean {
  const day = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
}

/** A value of a template that nobody has filled in: `<YOUR_KV_ID>`. */
const PLACEHOLDER = /^<.*>$|^(?:YOUR|INSERT|REPLACE)[_-]/;

function placeholders(worker: WorkerConfig, keys: NormalisedConfig): Fault[] {
  return bindingPlaces(keys).flatMap(({ path, binding }) =>
    Object.values(binding).flatMap((value): Fault[] => {
      if (typeof value !== "string" || value === binding.name || !PLACEHOLDER.test(value)) return [];
      const what = `the binding '${binding.name}' has '${value}', a placeholder that nobody has filled in`;
      const fix =
        "Write what it stands for, or take it out and name or declare the resource in the stack's config.";
      return [{ where: worker.whereIs([...path]), what, fix }];
    }),
  );
}

function checkNames(worker: WorkerConfig, keys: NormalisedConfig, add: Add): void {
  const required = worker.requiredSecrets.map((name, index) => ({
    name,
    path: ["secrets", "required", index],
  }));
  const bound = bindingPlaces(keys).map(({ binding: { name }, path }) => ({ name, path }));
  const vars = Object.keys(worker.vars).map((name) => ({ name, path: ["vars", name] }));
  const seen = new Map<string, JSONPath>();
  for (const { name, path } of [...vars, ...bound, ...required]) {
    const here = [...path];
    const fault = bindingNameFault(name);
    if (fault !== undefined) add(here, fault, "Rename it: Workers read it as a property of 'env'.");
    const before = seen.get(name);
    if (before !== undefined) {
      const what = `'${name}' is declared twice (first at ${worker.whereIs(before)}); a binding's name is unique (10053)`;
      add(here, what, "Keep one of the two.");
    }
    seen.set(name, here);
  }
  const count = vars.length + required.length;
  if (count > MAX_BINDINGS) {
    add(
      ["secrets", "required"],
      `${count} variables and secrets; a Worker takes at most ${MAX_BINDINGS} (10055)`,
      "Put some of them together into one JSON secret.",
    );
  }
}

function checkCombinations(worker: WorkerConfig, keys: NormalisedConfig, add: Add): void {
  const bound = Object.keys(worker.vars).length + worker.requiredSecrets.length + worker.bindings.length;
  if (worker.main === undefined && worker.assets !== undefined && bound > 0) {
    add(
      ["main"],
      "a Worker of assets alone has no code that could read a binding",
      "Add 'main', or take them out.",
    );
  }
  if (keys.route !== undefined && keys.route !== "" && keys.routes !== undefined) {
    // wrangler takes 'routes' then, even if it is the top level's and 'route' the block's.
    add(
      ["route"],
      "'route' and 'routes' are both there; wrangler would ignore 'route'",
      "Keep one of the two.",
    );
  }
  const routes = [...(keys.routes ?? []).entries()].map(([index, route]) => ({
    route,
    path: ["routes", index],
  }));
  if (keys.route !== undefined) routes.push({ route: keys.route, path: ["route"] });
  for (const { route, path } of routes) {
    if (typeof route === "string") {
      if (route === "" && path[0] === "routes")
        add(path, "the route is empty", "Write its pattern, or take it out.");
      continue;
    }
    const { pattern, custom_domain }: WrittenRoute = route;
    if (custom_domain === true && /[*/]/.test(pattern)) {
      add(path, `the custom domain '${pattern}' may hold neither '*' nor a path`, "Write the host alone.");
    }
  }
  for (const { index, what } of cronFaults(keys.triggers.crons ?? []))
    add(["triggers", "crons", index], what, "Correct it, or take it out.");
  const tags = keys.migrations.map(({ tag }) => tag);
  tags.forEach((tag, index) => {
    if (tags.indexOf(tag) < index) {
      add(
        ["migrations", index],
        `the migration tag '${tag}' stands twice`,
        "Give each step a tag of its own.",
      );
    }
  });
}

function isKind(path: string, kind: "file" | "folder"): boolean {
  if (!existsSync(path)) return false;
  const stats = statSync(path);
  return kind === "file" ? stats.isFile() : stats.isDirectory();
}
