import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createPackageFromTarballData, type Package } from "@arethetypeswrong/core";
import { type Described, describePackages, FOR_USERS } from "../../tools/packages/described.ts";
import {
  ACCEPTED,
  ENTRIES,
  packagingProblems,
  packedFiles,
  unexpected,
} from "../../tools/packages/published.ts";
import { packFolder } from "../../tools/packages/tarball.ts";
import { builtPackages } from "../helpers/built-packages.ts";
import { tempFolder } from "../helpers/temp.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Three compilations, a tarball each, and two tools that read all types. */
const SETUP_MS = 400_000;

/** The part of a published manifest that the tests look at. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly private?: boolean;
  readonly repository?: { readonly type: string; readonly url: string; readonly directory: string };
  readonly engines?: { readonly node: string };
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

function pack(folder: string, to: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(packFolder(folder, to)));
}

function copied(built: ReadonlyMap<string, string>, to: string): Map<string, string> {
  return new Map(
    [...built].map(([name, from]) => {
      const folder = join(to, basename(from));
      cpSync(from, folder, { recursive: true });
      return [name, folder];
    }),
  );
}

function manifestOf(packed: Package): Manifest {
  return JSON.parse(packed.readFile(`/node_modules/${packed.packageName}/package.json`));
}

describe("the packages as they are published", () => {
  const home = tempFolder();
  let built: ReadonlyMap<string, string>;
  let tarballs: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  let packages: readonly Package[];
  let described: readonly Described[];

  before(async function () {
    this.timeout(SETUP_MS);
    // A copy: describing them needs a link beside them.
    built = copied(await builtPackages(), home);
    tarballs = new Map([...built].map(([name, folder]) => [name, pack(folder, home)]));
    packages = [...tarballs.values()].map(createPackageFromTarballData);
    described = await describePackages(built, home);
  });

  it("have no problem for publint and @arethetypeswrong beyond those that are accepted with a reason", async () => {
    const problems = await Promise.all([...tarballs.values()].map(packagingProblems));
    assert.deepEqual(unexpected(problems.flat(), ACCEPTED), []);
  });

  it("load by require in CommonJS, as the accepted problems claim", function () {
    this.timeout(120_000);
    const files = ENTRIES.map(([name, entry]) => {
      const folder = built.get(name) ?? "";
      const to = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).exports[entry];
      return join(folder, typeof to === "string" ? to : to.default);
    });
    const script = `for (const file of ${JSON.stringify(files)}) require(file); console.log("loaded");`;
    assert.equal(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" }), "loaded\n");
  });

  it("hold compiled files, README, licence and changelog, and nothing else", () => {
    for (const packed of packages) {
      const files = packedFiles(packed);
      for (const file of ["README.md", "LICENSE", "CHANGELOG.md"])
        assert.ok(files.includes(file), `${packed.packageName}: ${file}`);
      const other = files.filter(
        (file) =>
          !/^(?:dist\/.*|README\.md|LICENSE|CHANGELOG\.md|package\.json)$/.test(file) ||
          /(?<!\.d)\.m?ts$|\.test\./.test(file),
      );
      assert.deepEqual(other, [], packed.packageName);
    }
  });

  it("have manifests with licence, repository, engines and files that exist", () => {
    for (const packed of packages) {
      const manifest = manifestOf(packed);
      const folder = basename(built.get(manifest.name) ?? "");
      assert.equal(manifest.private, undefined);
      assert.equal(manifest.license, "Apache-2.0");
      assert.deepEqual(manifest.repository, {
        type: "git",
        url: "git+https://github.com/worker-secrets/worker-secrets.git",
        directory: `packages/${folder}`,
      });
      assert.equal(manifest.engines?.node, ">=22.18");
      const named = Object.values(manifest.exports ?? {}).flatMap((to) =>
        typeof to === "string" ? [to] : [to.types, to.default],
      );
      const files = packedFiles(packed);
      for (const file of [...named, ...Object.values(manifest.bin ?? {})])
        assert.ok(files.includes(file.replace(/^\.\//, "")), `${manifest.name}: ${file}`);
    }
  });

  it("name each other in their own version", () => {
    const versions = new Map(packages.map((packed) => [packed.packageName, packed.packageVersion]));
    assert.equal(new Set(versions.values()).size, 1);
    for (const manifest of packages.map(manifestOf))
      for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies }))
        if (versions.has(name)) assert.equal(range, versions.get(name), `${manifest.name}: ${name}`);
  });

  it("have a README without links that lead nowhere on npm, and a changelog that knows the version", () => {
    for (const packed of packages) {
      const folder = `/node_modules/${packed.packageName}`;
      const links = [...packed.readFile(`${folder}/README.md`).matchAll(/\]\((?!https:\/\/|#)([^)]*)\)/g)];
      assert.deepEqual(
        links.map(([link]) => link),
        [],
        packed.packageName,
      );
      assert.match(
        packed.readFile(`${folder}/CHANGELOG.md`),
        new RegExp(`^## ${packed.packageVersion.replaceAll(".", "\\.")}$`, "m"),
      );
    }
  });

  it("have the public types and reference pages that the repository shows", () => {
    const stale = described
      .flatMap(({ files }) => [...files])
      .filter(
        ([file, text]) => !existsSync(join(ROOT, file)) || readFileSync(join(ROOT, file), "utf8") !== text,
      )
      .map(([file]) => file);
    assert.deepEqual(
      stale,
      [],
      "Run 'npm run api', review what changes in these files, and write a changeset: npx changeset",
    );
  });

  it("export at most 12 names from worker-secrets", () => {
    const names = described.find(({ name }) => name === "worker-secrets")?.api.exports ?? [];
    assert.ok(
      ["plan", "StackEnvironment", "SecretWorker"].every((name) => names.includes(name)),
      names.join(),
    );
    assert.ok(names.length <= 12, names.join());
  });

  it("have a docstring for every part of the types that users import", () => {
    const missing = described
      .filter(({ name }) => FOR_USERS.has(name))
      .flatMap(({ api }) => api.undocumented);
    assert.deepEqual(missing, []);
  });
});

describe("the checks of packages", () => {
  const home = tempFolder();

  it("see a missing file, types of the other module system and an entry without types", async () => {
    const folder = join(home, "faulty");
    mkdirSync(folder);
    const manifest = {
      name: "faulty",
      version: "1.0.0",
      exports: {
        ".": { types: "./index.d.mts", default: "./index.cjs" },
        "./untyped": "./untyped.mjs",
        "./missing": "./missing.mjs",
      },
    };
    const files = {
      "package.json": JSON.stringify(manifest),
      "index.d.mts": "export declare const one: number;",
      "index.cjs": "exports.one = 1;",
      "untyped.mjs": "export const two = 2;",
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const faults = unexpected(await packagingProblems(pack(folder, home)), []);
    for (const expected of [
      /^faulty: FILE_DOES_NOT_EXIST .*missing\.mjs/m,
      /^faulty: FalseESM /m,
      /^faulty: UntypedResolution \.\/untyped /m,
    ])
      assert.match(faults.join("\n"), expected);
  });

  it("accept what is listed, by package and entry, and name what is listed without need", () => {
    const accepted = [{ problem: "a: NoResolution ./x node10", reason: "no reader" }];
    assert.deepEqual(unexpected(["a: NoResolution ./x node10"], accepted), []);
    assert.deepEqual(unexpected(["a: NoResolution ./x node10", "a: NoResolution ./y node10"], accepted), [
      "a: NoResolution ./y node10",
    ]);
    assert.deepEqual(unexpected([], accepted), ["accepted, but gone: a: NoResolution ./x node10"]);
  });
});
