import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllowed, readAllowed } from "../../tools/supply-chain/allowed.ts";
import { readAudit } from "../../tools/supply-chain/audit.ts";
import { inexactVersions, licenceFits, lockFaults } from "../../tools/supply-chain/packages.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), "utf8"));

describe("supply chain", () => {
  it("of this repository has no fault", () => {
    const folders = ["", "tests/registry/", "tests/projects/"];
    for (const folder of folders) assert.deepEqual(inexactVersions(read(`${folder}package.json`)), []);
    const locks = folders.map((folder) => read(`${folder}package-lock.json`));
    assert.deepEqual(lockFaults(locks, readAllowed()), []);
  });

  it("takes exact versions alone", () => {
    const dependencies = {
      a: "1.2.3",
      b: "5.0.0-beta.1",
      c: "^1.2.3",
      d: "latest",
      e: "file:../e",
      f: "1.x",
    };
    const faults = inexactVersions({ dependencies, devDependencies: { g: "~2.0.0" } });
    assert.deepEqual(
      faults.map((fault) => /: (\w) is/.exec(fault)?.[1]),
      ["c", "d", "e", "f", "g"],
    );
  });

  const allowed = parseAllowed({
    licences: ["MIT"],
    licencesOf: [
      { package: "@lib/*", licence: "LGPL-3.0-or-later", reason: "used unchanged, for development alone" },
    ],
    installScripts: [{ package: "known", reason: "it builds what has no binary for the platform" }],
    advisories: [
      {
        id: "GHSA-aaaa-bbbb-cccc",
        reason: "the faulty function is not called by anything",
        until: "2026-12-31",
      },
    ],
  });
  const hash = `sha512-${"A".repeat(86)}==`;
  const good = { version: "1.0.0", integrity: hash, license: "MIT" };
  const needed = {
    "node_modules/known": { ...good, hasInstallScript: true },
    "node_modules/@lib/linux": { ...good, license: "LGPL-3.0-or-later" },
  };
  const faultsOf = (packages: Record<string, unknown>) =>
    lockFaults([{ lockfileVersion: 3, packages: { "": {}, ...packages } }], allowed);

  for (const [what, entry, said] of [
    ["another licence", { ...good, license: "GPL-3.0-only" }, /a\/b 1\.0\.0 has the licence GPL-3\.0-only/],
    ["no licence", { version: "1.0.0", integrity: hash }, /has the licence \(none\)/],
    ["an excepted licence elsewhere", { ...good, license: "LGPL-3.0-or-later" }, /has the licence LGPL/],
    ["an installation script", { ...good, hasInstallScript: true }, /runs a script/],
    ["no hash", { version: "1.0.0", license: "MIT" }, /has no SHA-512/],
    ["a weak hash", { ...good, integrity: "sha1-x" }, /has no SHA-512/],
    ["git", { ...good, resolved: "git+ssh://git@example.com/a.git#1" }, /does not come from a registry/],
    [
      "another host",
      { ...good, resolved: "https://registry.attacker.example/a/b/-/b-1.0.0.tgz" },
      /does not come from a registry/,
    ],
    [
      "a host that begins like the registry's",
      { ...good, resolved: "https://registry.npmjs.org.attacker.example/a/b/-/b-1.0.0.tgz" },
      /does not come from a registry/,
    ],
    [
      "another package's address",
      { ...good, resolved: "https://registry.npmjs.org/evil/-/evil-1.0.0.tgz" },
      /does not come from a registry/,
    ],
    [
      "an address that leaves the package's",
      { ...good, resolved: "https://registry.npmjs.org/a/b/-/b-../../../evil/-/evil-1.0.0.tgz" },
      /does not come from a registry/,
    ],
    ["ssh", { ...good, resolved: "ssh://git@example.com/a.git" }, /does not come from a registry/],
    ["plain http", { ...good, resolved: "http://registry.npmjs.org/a/b/-/b-1.0.0.tgz" }, /from a registry/],
    ["a false hash", { ...good, integrity: "sha512-x" }, /has no SHA-512/],
    ["a second hash", { ...good, integrity: `${hash} sha512-x` }, /has no SHA-512/],
    [
      "a script, under the name of an allowed one",
      { ...good, name: "evil", hasInstallScript: true },
      /evil 1\.0\.0 runs a script/,
    ],
    [
      "a licence, under the name of an excepted one",
      { ...good, name: "evil", license: "LGPL-3.0-or-later" },
      /evil 1\.0\.0 has the licence LGPL/,
    ],
    ["a link", { link: true, license: "MIT" }, /does not come from a registry/],
    [
      "a link out of the repository",
      { link: true, resolved: "../x", license: "MIT" },
      /does not come from a registry/,
    ],
  ] as const)
    it(`refuses a package with ${what}`, () => {
      const faults = faultsOf({ ...needed, "node_modules/x/node_modules/a/b": entry });
      assert.equal(faults.length, 1, faults.join("\n"));
      assert.match(faults[0] ?? "", said);
    });

  it("refuses a workspace elsewhere, and one version with two hashes", () => {
    assert.match(
      faultsOf({ ...needed, "../evil": { version: "1.0.0" } })[0] ?? "",
      /not come from a registry/,
    );
    const twice = {
      ...needed,
      "node_modules/a": good,
      "node_modules/b/node_modules/a": { ...good, integrity: hash.replace("AA", "BB") },
    };
    assert.match(faultsOf(twice).join("\n"), /a 1\.0\.0 has another hash/);
    assert.deepEqual(
      faultsOf({
        ...needed,
        "node_modules/a": { ...good, resolved: "https://registry.npmjs.org/a/-/a-1.0.0.tgz" },
      }),
      [],
    );
  });

  it("takes overrides of exact versions alone, aliases not, and no workspace that is not checked", () => {
    const found = inexactVersions({
      dependencies: { a: "npm:evil@1.0.0" },
      overrides: { b: "npm:evil@1.0.0", c: { d: "https://example.com/d.tgz", e: "1.0.0" }, f: "$a" },
      workspaces: ["packages/*", "../evil"],
    });
    assert.deepEqual(
      found.map((fault) => /: (?:the workspace )?(\S+) is/.exec(fault)?.[1]),
      ["a", "b", "d", "f", "../evil"],
    );
  });

  it("passes what is allowed, and tells of allowances that nothing needs", () => {
    assert.deepEqual(faultsOf(needed), []);
    assert.deepEqual(
      faultsOf({}).map((fault) => /the (.*) any more/.exec(fault)?.[1]),
      ["script known", "licence @lib/*"],
    );
    assert.throws(() => parseAllowed({ ...allowed, installScripts: [{ package: "a", reason: "ok" }] }));
  });

  it("reads licence expressions", () => {
    const accepted = ["MIT", "Apache-2.0"];
    for (const [expression, fits] of [
      ["MIT OR GPL-3.0-only", true],
      ["MIT AND GPL-3.0-only", false],
      ["(MIT AND Apache-2.0)", true],
      ["(MIT OR GPL-2.0-only) AND X", false],
      ["MIT AND Apache-2.0 OR X", false],
    ] as const)
      assert.equal(licenceFits(expression, accepted), fits, expression);
  });

  const audit = (id: string, today: string) =>
    readAudit(
      JSON.stringify({
        auditReportVersion: 2,
        vulnerabilities: {
          a: {
            name: "a",
            via: [{ url: `https://github.com/advisories/${id}`, title: "Bad", severity: "low" }],
          },
          b: { name: "b", via: ["a"] },
        },
      }),
      allowed,
      today,
    );

  it("fails for an advisory, unless it is accepted and that has not ended", () => {
    assert.deepEqual(audit("GHSA-aaaa-bbbb-cccc", "2026-12-31"), {
      kind: "clean",
      accepted: ["GHSA-aaaa-bbbb-cccc (a), until 2026-12-31"],
    });
    for (const found of [
      audit("GHSA-aaaa-bbbb-cccc", "2027-01-01"),
      audit("GHSA-dddd-bbbb-cccc", "2026-01-01"),
    ]) {
      assert.equal(found.kind, "faults");
      assert.match(found.kind === "faults" ? found.faults.join() : "", /a: low: Bad/);
    }
  });

  it("says that it did not run where the registry can't tell, and takes that for no clean answer", () => {
    const refusal = { message: "405 Method Not Allowed - POST https://registry.example/-/npm/v1/security" };
    const offline = { error: { code: "ENOTFOUND", summary: "request failed\nmore" } };
    for (const [printed, why] of [
      [JSON.stringify(refusal), refusal.message],
      [JSON.stringify(offline), "request failed"],
      ["", "npm printed no JSON"],
      ["{}", "npm printed no report"],
    ] as const)
      assert.deepEqual(readAudit(printed, allowed, "2026-01-01"), { kind: "not run", why });
  });
});
