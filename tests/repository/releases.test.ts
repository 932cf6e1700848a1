import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readChanged, withoutChangeset } from "../../tools/packages/changeset-needed.ts";
import { inexactVersions } from "../../tools/supply-chain/packages.ts";
import { tempFolder } from "../helpers/temp.ts";

const ROOT = join(import.meta.dirname, "../..");
const CHANGESETS = join(ROOT, "node_modules/@changesets/cli/bin.js");

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** What changesets reads of the repository, in a git repository of its own. */
function copyForRelease(folder: string): void {
  const files = [
    "package.json",
    "package-lock.json",
    ".changeset/config.json",
    "tools/packages/changelog.ts",
    ...globSync("packages/*/{package.json,CHANGELOG.md}", { cwd: ROOT }),
  ];
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file));
  }
  writeFileSync(
    join(folder, ".changeset/fix.md"),
    '---\n"worker-secrets": minor\n---\n\nA new setting.\n\nWith a second line.\n',
  );
  for (const args of [
    ["init", "-q", "-b", "main"],
    ["add", "-A"],
    ["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "x"],
  ])
    execFileSync("git", args, { cwd: folder });
}

function manifestsIn(folder: string): readonly Manifest[] {
  const files = ["package.json", ...globSync("packages/*/package.json", { cwd: folder })];
  return files.map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")));
}

describe("a release", () => {
  const folder = tempFolder();
  const [, ...packages] = manifestsIn(ROOT);
  const present = packages[0]?.version ?? "";
  const next = present.replace(/^(\d+)\.(\d+)\..*$/, (_, major, minor) => `${major}.${Number(minor) + 1}.0`);

  before(function () {
    this.timeout(120_000);
    copyForRelease(folder);
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
    execFileSync(process.execPath, [CHANGESETS, "version"], { cwd: folder, stdio: "pipe" });
    rmSync(join(folder, "node_modules")); // npm would read the installed versions out of it
    const args = [
      "install",
      "--package-lock-only",
      "--ignore-scripts",
      "--offline",
      "--no-audit",
      "--no-fund",
    ];
    execFileSync("npm", args, { cwd: folder, stdio: "pipe", shell: process.platform === "win32" });
  });

  it("gives all packages the same next version, and every one of them that depends on another names it exactly", () => {
    const [root, ...released] = manifestsIn(folder);
    assert.ok(root !== undefined && released.length >= 3);
    for (const { name, version } of released) assert.equal(version, next, name);
    const ours = new Set(released.map(({ name }) => name));
    const named = [root, ...released].flatMap(({ dependencies, devDependencies, peerDependencies }) =>
      Object.entries({ ...dependencies, ...devDependencies, ...peerDependencies }).filter(([name]) =>
        ours.has(name),
      ),
    );
    assert.ok(named.length >= 5, JSON.stringify(named));
    for (const [name, range] of named) assert.equal(range, next, name);
    for (const manifest of [root, ...released]) assert.deepEqual(inexactVersions(manifest), []);
  });

  it("brings the lock file along", () => {
    const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
    for (const path of globSync("packages/*", { cwd: folder }))
      assert.equal(lock.packages[path].version, next, path);
  });

  it("writes the changelog of each package, with the change where it belongs", () => {
    const read = (name: string) => readFileSync(join(folder, "packages", name, "CHANGELOG.md"), "utf8");
    assert.ok(
      read("worker-secrets").includes(
        `## ${next}\n\n### Minor Changes\n\n- A new setting.\n\n  With a second line.\n`,
      ),
      read("worker-secrets"),
    );
    for (const name of ["esc", "sandbox"])
      assert.ok(read(name).includes(`## ${next}\n\nNo changes in this release.\n`), read(name));
    for (const name of ["worker-secrets", "esc", "sandbox"]) assert.match(read(name), /^## 0\.1\.0$/m);
  });
});

describe("a change of the public types", () => {
  const changed = (text: string) => withoutChangeset(readChanged(text.replaceAll(" ", "\t")));

  it("needs a changeset", () => {
    assert.deepEqual(changed("M packages/sandbox/api.md\nM packages/worker-secrets/api.md\n"), [
      "sandbox",
      "worker-secrets",
    ]);
    assert.deepEqual(changed("D packages/esc/api.md\nM .changeset/README.md\nM .changeset/config.json\n"), [
      "esc",
    ]);
    assert.deepEqual(changed("M packages/esc/api.md\nD .changeset/old.md\n"), ["esc"]);
  });

  it("passes with a new or changed one, and no other change needs any", () => {
    assert.deepEqual(changed("M packages/esc/api.md\nA .changeset/new-thing.md\n"), []);
    assert.deepEqual(changed("M packages/esc/api.md\nM .changeset/new-thing.md\n"), []);
    assert.deepEqual(changed("M packages/esc/src/index.ts\nM docs/api.md\n"), []);
    assert.deepEqual(changed(""), []);
  });
});
