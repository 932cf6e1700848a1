import { existsSync, statSync } from "node:fs";
import { relative } from "node:path";
import type { JSONPath } from "jsonc-parser";
import type { Fault } from "../../faults.ts";
import { bindingNameFault } from "../binding-name.ts";
import { cronFaults } from "./check-crons.ts";
import type { WranglerFile } from "./schema.ts";
import { bindingPlaces } from "./translate-bindings.ts";
import type { WorkerConfig } from "./worker-config.ts";

/** Variables and secrets of one Worker together, on the paid plan (64 on the free one). API error 10055. */
const MAX_BINDINGS = 128;

/** What can be wrong with a file whose keys all have the right shape. */
export function checkWorker(worker: WorkerConfig, keys: WranglerFile, today: Date): Fault[] {
  const faults: Fault[] = [];
  const add = (path: JSONPath, what: string, fix: string) =>
    faults.push({ where: worker.whereIs(path), what, fix });
  checkCode(worker, keys, today, add);
  checkNames(worker, keys, add);
  checkCombinations(worker, keys, add);
  return faults;
}

type Add = (path: JSONPath, what: string, fix: string) => void;

function checkCode(worker: WorkerConfig, keys: WranglerFile, today: Date, add: Add): void {
  if (worker.main !== undefined && !isKind(worker.main, "file")) {
    add(["main"], `the entry '${keys.main}' does not exist`, "Point 'main' at the Worker's module.");
  }
  if (worker.main?.endsWith(".py") === true) {
    add(["main"], "the entry is Python, which is not bundled here", "Keep this Worker with wrangler.");
  }
  if (worker.main === undefined && worker.assets === undefined) {
    add(["main"], "'main' is missing", "Point it at the Worker's module, or give 'assets' for files alone.");
  }
  if (worker.assets !== undefined && !isKind(worker.assets.directory, "folder")) {
    const shown = relative(worker.directory, worker.assets.directory);
    add(
      ["assets", "directory"],
      `the folder '${shown}' does not exist`,
      "Build the assets first, or correct it.",
    );
  }
  if (worker.bundling.tsconfig !== undefined && !isKind(worker.bundling.tsconfig, "file")) {
    add(
      ["tsconfig"],
      `'${keys.tsconfig}' does not exist`,
      "Correct the path, which starts at this file's folder.",
    );
  }
  if (keys.no_bundle === true) {
    for (const key of UNBUNDLED.filter((key) => keys[key] !== undefined && keys[key] !== false)) {
      add([key], `'${key}' has no effect with 'no_bundle'`, "Take one of the two out.");
    }
  }
  // The runtime compares with its own day, which is UTC's.
  const last = today.toISOString().slice(0, 10);
  if (worker.compatibilityDate > last) {
    add(
      ["compatibility_date"],
      `the compatibility date ${worker.compatibilityDate} is in the future, which the runtime refuses (10021)`,
      `Use a day up to ${last}.`,
    );
  }
}

/** What the bundler alone reads. */
const UNBUNDLED = [
  "minify",
  "keep_names",
  "define",
  "alias",
  "rules",
  "tsconfig",
  "jsx_factory",
  "jsx_fragment",
  "upload_source_maps",
] as const;

function checkNames(worker: WorkerConfig, keys: WranglerFile, add: Add): void {
  const required = worker.requiredSecrets.map((name, index) => ({
    name,
    path: ["secrets", "required", index],
  }));
  const vars = Object.keys(worker.vars).map((name) => ({ name, path: ["vars", name] }));
  const seen = new Map<string, JSONPath>();
  for (const { name, path } of [...vars, ...bindingPlaces(keys), ...required]) {
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

function checkCombinations(worker: WorkerConfig, keys: WranglerFile, add: Add): void {
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
    const { pattern, custom_domain, zone_id, zone_name } = route;
    if (zone_id !== undefined && zone_name !== undefined) {
      add(path, "'zone_id' and 'zone_name' are both there", "Keep one of the two.");
    }
    if (custom_domain === true && /[*/]/.test(pattern)) {
      add(path, `the custom domain '${pattern}' may hold neither '*' nor a path`, "Write the host alone.");
    }
  }
  for (const { index, what } of cronFaults(keys.triggers?.crons ?? []))
    add(["triggers", "crons", index], what, "Correct it, or take it out.");
  checkPlacement(keys.placement, add);
  const tags = (keys.migrations ?? []).map(({ tag }) => tag);
  tags.forEach((tag, index) => {
    if (tags.indexOf(tag) < index) {
      add(
        ["migrations", index],
        `the migration tag '${tag}' stands twice`,
        "Give each step a tag of its own.",
      );
    }
  });
  (keys.pipelines ?? []).forEach(({ stream, pipeline }, index) => {
    if ((stream === undefined) === (pipeline === undefined)) {
      const what = stream === undefined ? "'stream' is missing" : "'stream' and 'pipeline' are both there";
      add(["pipelines", index], what, "Give 'stream' alone; 'pipeline' is its older name.");
    }
  });
  (keys.send_email ?? []).forEach(({ destination_address, allowed_destination_addresses }, index) => {
    if (destination_address !== undefined && allowed_destination_addresses !== undefined) {
      const what = "'destination_address' and 'allowed_destination_addresses' are both there";
      add(["send_email", index], what, "Keep one of the two.");
    }
  });
}

/** wrangler's own rule: targeted placement has exactly one of three fields, the other modes have none. */
function checkPlacement(placement: WranglerFile["placement"], add: Add): void {
  if (placement === undefined) return;
  const { mode, region, host, hostname } = placement;
  const targets = [region, host, hostname].filter((target) => target !== undefined).length;
  if ((mode === "off" || mode === "smart") && targets > 0) {
    add(
      ["placement"],
      `mode '${mode}' has no 'region', 'host' or 'hostname'`,
      "Use mode 'targeted', or take it out.",
    );
  } else if (mode !== "off" && mode !== "smart" && targets !== 1) {
    add(
      ["placement"],
      "targeted placement needs exactly one of 'region', 'host' and 'hostname'",
      "Keep one of them.",
    );
  }
}

function isKind(path: string, kind: "file" | "folder"): boolean {
  if (!existsSync(path)) return false;
  const stats = statSync(path);
  return kind === "file" ? stats.isFile() : stats.isDirectory();
}
