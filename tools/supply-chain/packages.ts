import * as v from "valibot";
import type { Allowed } from "./allowed.ts";

const names = v.optional(v.record(v.string(), v.string()), {});
/** Versions by package, or by package below a package. */
type Overrides = { readonly [name: string]: string | Overrides };
const overrides: v.GenericSchema<Overrides> = v.lazy(() =>
  v.record(v.string(), v.union([v.string(), overrides])),
);
const manifest = v.object({
  dependencies: names,
  devDependencies: names,
  optionalDependencies: names,
  overrides: v.optional(overrides, {}),
  workspaces: v.optional(v.array(v.string()), []),
});
const lock = v.object({
  lockfileVersion: v.literal(3),
  packages: v.record(
    v.string(),
    v.object({
      /** Of what is installed, where the folder has another name: an alias. */
      name: v.optional(v.string()),
      version: v.optional(v.string()),
      resolved: v.optional(v.string()),
      integrity: v.optional(v.string()),
      license: v.optional(v.string()),
      hasInstallScript: v.optional(v.boolean()),
      link: v.optional(v.boolean()),
    }),
  ),
});

/**
 * Every fault of a `package.json`: a version that is a range, a tag, an address or a path. Peers may be ranges: they are what a
 * package works with, and install nothing here.
 */
export function inexactVersions(packageJson: unknown): string[] {
  const { dependencies, devDependencies, optionalDependencies, overrides, workspaces } = v.parse(
    manifest,
    packageJson,
  );
  const all = [dependencies, devDependencies, optionalDependencies].flatMap((some) => Object.entries(some));
  const elsewhere = workspaces
    .filter((folder) => folder !== "packages/*")
    .map((folder) => `package.json: the workspace ${folder} is not packages/*, whose manifests are checked.`);
  const inexact = [...all, ...versionsIn(overrides)]
    .filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
    .map(
      ([name, version]) =>
        `package.json: ${name} is "${version}", and not one version. Install it again: npm i -E ${name}@VERSION`,
    );
  return [...inexact, ...elsewhere];
}

function versionsIn(some: Overrides): (readonly [string, string])[] {
  return Object.entries(some).flatMap(([name, version]) =>
    typeof version === "string" ? [[name, version] as const] : versionsIn(version),
  );
}

/** Every fault of these lock files against what is allowed, and allowances that none of them needs any more. */
export function lockFaults(lockFiles: readonly unknown[], allowed: Allowed): string[] {
  const faults: string[] = [];
  const used = new Set<string>();
  const hashes = new Map<string, string>();
  const scripts = new Set(allowed.installScripts.map(({ package: name }) => name));
  for (const [path, entry] of lockFiles.flatMap((file) => Object.entries(v.parse(lock, file).packages))) {
    // The repository itself and its workspaces, with the links to them.
    if (path === "" || OURS.test(path)) continue;
    if (entry.link === true && OURS.test(entry.resolved ?? "")) continue;
    // What is installed decides, not the folder's name: an alias could have the name of a package that is allowed.
    const name = entry.name ?? path.split("node_modules/").at(-1) ?? path;
    const where = `package-lock.json: ${name} ${entry.version ?? "without a version"}`;
    if (entry.link === true || !path.includes("node_modules/") || !isFromRegistry(entry.resolved, name))
      faults.push(`${where} does not come from a registry (${entry.resolved ?? "a link"}).`);
    else if (!SHA512.test(entry.integrity ?? ""))
      faults.push(
        `${where} has no SHA-512, so npm would install whatever it gets. Add it: npm view ${name}@${entry.version} dist.integrity`,
      );
    const known = hashes.get(`${name} ${entry.version}`) ?? entry.integrity;
    if (known !== entry.integrity) faults.push(`${where} has another hash elsewhere in the lock files.`);
    if (entry.integrity !== undefined) hashes.set(`${name} ${entry.version}`, entry.integrity);
    if (entry.hasInstallScript === true) {
      if (scripts.has(name)) used.add(`script ${name}`);
      else
        faults.push(
          `${where} runs a script at its installation. Read it, and add it with a reason to installScripts of tools/supply-chain/allowed.json, or do without.`,
        );
    }
    const exception = allowed.licencesOf.find((one) => matches(one.package, name));
    const accepted = exception ? [...allowed.licences, exception.licence] : allowed.licences;
    if (exception) used.add(`licence ${exception.package}`);
    if (!licenceFits(entry.license, accepted))
      faults.push(
        `${where} has the licence ${entry.license ?? "(none)"}. Read it, and add it with a reason to licencesOf of tools/supply-chain/allowed.json, or do without.`,
      );
  }
  const all = [
    ...allowed.installScripts.map((one) => `script ${one.package}`),
    ...allowed.licencesOf.map((one) => `licence ${one.package}`),
  ];
  return [
    ...faults,
    ...all
      .filter((one) => !used.has(one))
      .map((one) => `.ci/supply-chain/allowed.json: nothing needs the ${one} any more. Take it out.`),
  ];
}

/** Our own packages. */
const OURS = /^packages\/[\w-]+$/;
/** 64 bytes in base64; nothing after them, such as a second hash that npm would take too. */
const SHA512 = /^sha512-[A-Za-z0-9+/]{86}==$/;

/** Without an address npm asks the registry for the package of that name; with one, it has to be the registry's own for it. */
function isFromRegistry(resolved: string | undefined, name: string): boolean {
  if (resolved === undefined) return true;
  const base = name.split("/").at(-1) ?? name;
  const start = `https://registry.npmjs.org/${name}/-/${base}-`;
  return resolved.startsWith(start) && /^[\w.+-]+\.tgz$/.test(resolved.slice(start.length));
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** SPDX expressions of one level: `A OR B` needs one of them, `A AND B` all. Whatever else there is does not fit. */
export function licenceFits(expression: string | undefined, accepted: readonly string[]): boolean {
  if (expression === undefined) return false;
  if (accepted.includes(expression)) return true;
  const plain = expression.replace(/^\(([^()]*)\)$/, "$1");
  const has = (word: string) => accepted.includes(word.trim());
  if (/[()]/.test(plain) || (plain.includes(" AND ") && plain.includes(" OR "))) return false;
  return plain.includes(" OR ") ? plain.split(" OR ").some(has) : plain.split(" AND ").every(has);
}
