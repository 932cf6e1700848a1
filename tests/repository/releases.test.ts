import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { entryOf } from "../../tools/packages/changelog-entry.ts";
import { readChanged, withoutChangeset } from "../../tools/packages/changeset-needed.ts";
import { publishOrder, trusts } from "../../tools/packages/publish-order.ts";
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
    assert.equal(
      entryOf(read("worker-secrets"), next),
      "### Minor Changes\n\n- A new setting.\n\n  With a second line.",
    );
    assert.equal(entryOf(read("worker-secrets"), "0.1"), undefined);
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

describe("publishing", () => {
  /** A folder of tarballs, and an npm that knows of some versions and keeps what it was called with. */
  function world(registry: { readonly known: string; readonly npm?: string; readonly unknown?: string }) {
    const { known, npm = "11.6.0", unknown = "E404" } = registry;
    const folder = mkdtempSync(join(home, "world-"));
    for (const [name, peers] of [
      ["app", { lib: "0.2.0" }],
      ["lib", {}],
    ] as const) {
      mkdirSync(join(folder, name, "package"), { recursive: true });
      writeFileSync(
        join(folder, name, "package/package.json"),
        JSON.stringify({ name, version: "0.2.0", peerDependencies: peers }),
      );
      execFileSync("tar", ["-czf", join(folder, `${name}-0.2.0.tgz`), "-C", join(folder, name), "package"]);
    }
    const script = `#!/bin/sh
case "$1" in
  --version) echo ${npm} ;;
  view) case "$2" in ${known}) echo 0.2.0 ;; *) echo "npm error code ${unknown}" >&2; exit 1 ;; esac ;;
  publish) echo "$@" >> "${folder}/calls" ;;
esac
`;
    writeFileSync(join(folder, "npm"), script, { mode: 0o755 });
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(ROOT, "tools/packages/publish.ts"), folder],
      {
        encoding: "utf8",
        env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
      },
    );
    const calls = existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8") : "";
    return { status, stdout, stderr, calls: calls.replaceAll(`${folder}/`, "") };
  }
  const home = tempFolder();

  it("publishes each package after those that it depends on, with its provenance", () => {
    const { status, calls } = world({ known: "none" });
    assert.equal(status, 0);
    assert.equal(
      calls,
      "publish lib-0.2.0.tgz --provenance --access public\npublish app-0.2.0.tgz --provenance --access public\n",
    );
  });

  it("goes on after a run that broke off, and does nothing where all is published", () => {
    const rest = world({ known: "lib@0.2.0" });
    assert.equal(rest.calls, "publish app-0.2.0.tgz --provenance --access public\n");
    assert.equal(rest.stdout, "lib@0.2.0: published before\napp@0.2.0: published\n");
    assert.equal(world({ known: "*" }).calls, "");
  });

  it("publishes nothing where npm can't say what is published", () => {
    const { status, stderr, calls } = world({ known: "none", unknown: "ECONNRESET" });
    assert.equal(status, 1);
    assert.match(
      stderr,
      /npm view lib@0\.2\.0 failed, so it is not known whether it is published:\nnpm error code ECONNRESET/,
    );
    assert.equal(calls, "");
  });

  it("publishes nothing with an npm that knows no trusted publishing", () => {
    const { status, stderr, calls } = world({ known: "none", npm: "11.5.0" });
    assert.equal(status, 1);
    assert.match(stderr, /npm 11\.5\.0 knows no trusted publishing/);
    assert.equal(calls, "");
    assert.deepEqual(["10.9.2", "11.5.0", "11.5.1", "11.6.0", "12.0.0"].map(trusts), [
      false,
      false,
      true,
      true,
      true,
    ]);
  });

  it("refuses packages that depend on each other", () => {
    const one = { file: "", version: "1.0.0" };
    assert.throws(
      () =>
        publishOrder([
          { ...one, name: "a", dependencies: { b: "1.0.0" } },
          { ...one, name: "b", peerDependencies: { a: "1.0.0" } },
        ]),
      /a depends on itself, by b/,
    );
  });
});
