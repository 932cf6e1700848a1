import * as v from "valibot";
import type { Allowed } from "./allowed.ts";

const names = v.optional(v.record(v.string(), v.string()), {});
const manifest = v.object({
  dependencies: names,
  devDependencies: names,
  optionalDependencies: names,
});
const lock = v.object({
  lockfileVersion: v.literal(3),
  packages: v.record(
    v.string(),
    v.object({
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
  const { dependencies, devDependencies, optionalDependencies } = v.parse(manifest, packageJson);
  const all = { ...dependencies, ...devDependencies, ...optionalDependencies };
  return Object.entries(all)
    .filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
    .map(
      ([name, version]) =>
        `package.json: ${name} is "${version}", and not one version. Install it again: npm i -E ${name}@VERSION`,
    );
}

/** Every fault of these lock files against what is allowed, and allowances that none of them needs any more. */
export function lockFaults(lockFiles: readonly unknown[], allowed: Allowed): string[] {
  const faults: string[] = [];
  const used = new Set<string>();
  const scripts = new Set(allowed.installScripts.map(({ package: name }) => name));
  for (const [path, entry] of lockFiles.flatMap((file) => Object.entries(v.parse(lock, file).packages))) {
    // The repository itself and its workspaces, with the links to them.
    if (path === "" || !path.includes("node_modules/")) continue;
    if (entry.link === true && /^packages\/[\w-]+$/.test(entry.resolved ?? "")) continue;
    const name = path.split("node_modules/").at(-1) ?? path;
    const where = `package-lock.json: ${name} ${entry.version ?? "without a version"}`;
    if (entry.link === true || /^(?:git|file|http:)/.test(entry.resolved ?? ""))
      faults.push(`${where} does not come from a registry (${entry.resolved ?? "a link"}).`);
    else if (!/^sha512-/.test(entry.integrity ?? ""))
      faults.push(
        `${where} has no SHA-512, so npm would install whatever it gets. Add it: npm view ${name}@${entry.version} dist.integrity`,
      );
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
