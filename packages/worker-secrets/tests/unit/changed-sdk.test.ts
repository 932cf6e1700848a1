import assert from "node:assert/strict";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runNode } from "../../../../tests/helpers/process.ts";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { refuseUnknownRunner } from "../../src/program/program-end.ts";
import { moduleWith } from "../../src/program/sdk-module.ts";
import { type Change, SdkCopy } from "./sdk-copy.ts";

const SOURCE = join(import.meta.dirname, "../../src");
const urlOf = (file: string) => JSON.stringify(pathToFileURL(join(SOURCE, file)).href);

/** Registers a resource, and uses a part of the SDK that is put off. */
const program = (use: string) => `
  import * as pulumi from "@pulumi/pulumi";
  await pulumi.runtime.setMocks({ newResource: ({ name }) => ({ id: name + "-id", state: {} }), call: () => ({}) });
  const resource = new pulumi.CustomResource("test:index:Thing", "thing", {});
  const id = await new Promise((resolve) => resource.id.apply(resolve));
  await pulumi.log.debug?.("Registering resource: by the SDK");
  const captured = { answer: 42 };
  console.log(JSON.stringify([id, ${use}]));
`;
const USES = {
  none: "0",
  closure: "await pulumi.runtime.serializeFunction(() => captured.answer)",
  codePaths: "(await pulumi.runtime.computeCodePaths()).size > 10",
  automation: "typeof pulumi.automation.LocalWorkspace.create",
};

const MOVED: Change = { kind: "moved" };
const GETTERS: Change = { kind: "getters" };
const renamed = (name: string): Change => ({ kind: "renamed", name });
const edited = (from: string, to: string): Change => ({ kind: "edited", from, to });

/** What is changed, and whether it is still recognised; one that is shows nothing at all. */
const PRELOAD: readonly (readonly [module: string, change: Change, recognised?: "recognised"])[] = [
  ["runtime/closure/serializeClosure.js", MOVED],
  ["runtime/closure/serializeClosure.js", renamed("serializeFunction"), "recognised"],
  ["runtime/closure/serializeClosure.js", GETTERS, "recognised"],
  ["runtime/closure/codePaths.js", MOVED],
  ["runtime/closure/codePaths.js", renamed("computeCodePaths"), "recognised"],
  ["runtime/closure/codePaths.js", GETTERS, "recognised"],
  ["runtime/closure/v8Hooks.js", MOVED],
  ["runtime/closure/v8Hooks.js", renamed("getScriptUrl")],
  [
    "runtime/closure/v8Hooks.js",
    edited("exports.getScriptUrl =", "exports.more = 1;\nexports.getScriptUrl ="),
  ],
  ["automation/index.js", MOVED],
  ["automation/index.js", GETTERS, "recognised"],
  ["cmd/run/tracing.js", MOVED],
  ["cmd/run/tracing.js", edited("const packageJson", 'throw new Error("no start")\nconst packageJson')],
  ["cmd/run/index.js", edited('require("source-map-support/register")', 'require("another-support")')],
  ["runtime/manifest.js", MOVED],
  ["runtime/debuggable.js", MOVED],
  ["runtime/debuggable.js", renamed("debuggablePromise")],
  ["runtime/debuggable.js", GETTERS],
  ["log/index.js", MOVED],
  ["log/index.js", renamed("debug")],
  ["log/index.js", GETTERS],
];

const INLINE: typeof PRELOAD = [
  ["errors.js", MOVED],
  ["errors.js", renamed("isGrpcError")],
  ["errors.js", GETTERS],
  ["automation/server.js", MOVED],
  ["automation/server.js", renamed("LanguageServer")],
  [
    "automation/server.js",
    edited("    run(call, callback) {", "    run(call) {\n        const callback = this.callback;"),
  ],
  ["runtime/resource.js", edited("errors_1.isGrpcError(", "isGrpcError(")],
  ["runtime/rpc.js", MOVED],
  ["runtime/state.js", MOVED],
  ["runtime/state.js", renamed("getStore")],
  ["runtime/state.js", GETTERS, "recognised"],
  ["runtime/settings.js", MOVED],
  ["runtime/settings.js", renamed("grpcClientOptions")],
  [
    "runtime/settings.js",
    edited(
      "exports.excessiveDebugOutput = false;",
      "Object.freeze(exports.grpcClientOptions);\nexports.excessiveDebugOutput = false;",
    ),
  ],
];

describe("an SDK whose private modules are not as expected", function () {
  this.timeout(180_000);
  const folder = tempFolder();
  let copy: SdkCopy;
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const node = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const ended = await runNode(args, { HOME: folder, ...env }).ended;
    assert.equal(ended.code, 0, ended.stderr);
    return ended;
  };
  before(() => {
    copy = new SdkCopy(folder);
    for (const [use, text] of Object.entries(USES)) file(`${use}.mjs`, program(text));
    file(
      "lean.mjs",
      `import { loadSdk } from ${urlOf("preload/lazy-modules.mjs")};\nconsole.log(JSON.stringify(loadSdk(import.meta.url)));\n`,
    );
    file(
      "inline.mjs",
      `import { createRequire } from "node:module";
      import { guardInlinePrograms } from ${urlOf("cli/engine/inline-program.ts")};
      const sdk = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi/package.json"));
      console.log(JSON.stringify(guardInlinePrograms(sdk)));`,
    );
  });

  afterEach(() => copy.restore());

  describe("runs the program as it is, where the preload recognises less", () => {
    const run = async (use: keyof typeof USES, flags: readonly string[] = [], env = {}) =>
      node([...flags, join(folder, `${use}.mjs`)], env);
    const lean = ["--import", join(folder, "lean.mjs")];
    const expected = new Map<string, string>();
    before(async () => {
      for (const use of Object.keys(USES) as (keyof typeof USES)[])
        expected.set(use, (await run(use)).stdout);
    });

    it("recognises all of the SDK in use", async () => {
      const ended = await run("closure", lean, { WORKER_SECRETS_SDK_DEBUG: "1" });
      assert.equal(ended.stderr, "");
      assert.equal(ended.stdout, `[]\n${expected.get("closure")}`);
    });

    it("names it in one line, where it is asked to", async () => {
      copy.change("runtime/manifest.js", MOVED);
      copy.change("runtime/closure/v8Hooks.js", renamed("getScriptUrl"));
      const { stderr } = await run("none", lean, { WORKER_SECRETS_SDK_DEBUG: "1" });
      assert.match(
        stderr,
        /^worker-secrets: this @pulumi\/pulumi is not as expected in \.\/runtime\/closure\/v8Hooks\.js, \.\/runtime\/manifest\.js;[^\n]+\n$/,
      );
    });

    for (const [module, change, recognised] of PRELOAD)
      it(`${module}, ${describeChange(change)}`, async () => {
        copy.change(module, change);
        const [, use = "none"] =
          [
            ["codePaths", "codePaths"],
            ["closure", "closure"],
            ["automation", "automation"],
          ].find(([part = ""]) => module.includes(part)) ?? [];
        const { stdout, stderr } = await run(use as keyof typeof USES, lean);
        const [unknown = "", ...rest] = stdout.split("\n");
        assert.equal(rest.join("\n"), expected.get(use));
        assert.equal(stderr, "");
        if (recognised) assert.equal(unknown, "[]");
        else assert.ok(unknown.includes(`./${module}`) || unknown.includes("its start"), unknown);
      });
  });

  describe("runs no program in a command's process, where that could not be guarded", () => {
    const guard = async () => JSON.parse((await node([join(folder, "inline.mjs")])).stdout);

    it("recognises the SDK in use", async () => {
      assert.deepEqual(await guard(), { kind: "guarded" });
    });

    for (const [module, change, recognised] of INLINE)
      it(`${module}, ${describeChange(change)}`, async () => {
        copy.change(module, change);
        const { kind, what } = await guard();
        assert.equal(kind, recognised ? "guarded" : "unknown-sdk");
        if (!recognised) assert.match(what, new RegExp(`^${module}: |: its calls`));
      });
  });

  it("refuses a runner that ends in another way, since a forgotten Worker would be deleted", () => {
    const runner = join(folder, "node_modules/@pulumi/pulumi/cmd/run");
    refuseUnknownRunner(runner);
    refuseUnknownRunner("/somewhere/mocha");
    for (const change of [
      MOVED,
      edited('process.on("beforeExit", beforeExitHandler)', "atEnd(beforeExitHandler)"),
      edited("uncaughtErrors.size > 0", "failed"),
    ]) {
      copy.change("cmd/run/index.js", change);
      assert.throws(
        () => refuseUnknownRunner(runner),
        /is not one that worker-secrets knows.*Nothing was registered/,
      );
      copy.restore();
    }
  });
});

describe("a provider's SDK without a file that we take alone", function () {
  this.timeout(60_000); // loads both indexes
  const load = createRequire(import.meta.url);
  const taken = globSync("program/*.ts", { cwd: SOURCE }).flatMap((file) =>
    [...readFileSync(join(SOURCE, file), "utf8").matchAll(/sdkModule\(\s*"([^"]+)",\s*"(\w+)"/g)].map(
      ([, path = "", name = ""]) => [path, name] as const,
    ),
  );
  const missing = (name: string) =>
    Object.assign(new Error(`Cannot find module '${name}'`), { code: "MODULE_NOT_FOUND" });

  it("takes the class from the index, or says which one is not there", () => {
    assert.ok(taken.length > 15);
    for (const [path, name] of taken) {
      const own = Object(load(`${path}.js`))[name];
      assert.equal(typeof own, "function", path);
      const moved = (request: string) => {
        if (request === `${path}.js`) throw missing(request);
        return load(request);
      };
      const other = (request: string) => (request === `${path}.js` ? { [`${name}2`]: own } : load(request));
      for (const changed of [moved, other])
        assert.equal(Object(moduleWith(changed, path, [name]))[name], own, path);
      const gone = (request: string) => (request.endsWith(".js") ? {} : { api: { esc: {} } });
      assert.throws(() => moduleWith(gone, path, [name]), new RegExp(`has no (api\\.esc\\.)?${name}, which`));
    }
  });

  it("does not hide another failure of the file", () => {
    const broken = () => {
      throw new Error("broken");
    };
    assert.throws(() => moduleWith(broken, "@pulumi/cloudflare/queue", ["Queue"]), /broken/);
  });
});

function describeChange(change: Change): string {
  switch (change.kind) {
    case "moved":
      return "missing";
    case "renamed":
      return `${change.name} renamed`;
    case "getters":
      return "exports that can only be read";
    case "edited":
      return `with ${change.to.split("\n")[0]}`;
  }
}
