import assert from "node:assert/strict";
import { childEnvironment } from "../../src/compile/run/child.ts";
import { metadataFaults } from "../../src/compile/run/metadata.ts";
import { faultsOf, findingsIn } from "../../src/compile/run/words.ts";
import { sizeFaults } from "../../src/program/bundle-workers.ts";

const ran = (stderr: string, stdout = "") => ({ stderr, stdout, timedOut: false });
const shown = (place: string | undefined) => (place === undefined ? "api/wrangler.jsonc" : `api/${place}`);
const faults = (stderr: string, stdout = "") => faultsOf(ran(stderr, stdout), findingsIn(stderr), shown);

describe("what wrangler prints", () => {
  it("becomes a fault for each error, with its place and its advice", () => {
    const stderr = `\u001b[31m✘ \u001b[41;31m[\u001b[41;97mERROR\u001b[41;31m]\u001b[0m \u001b[1mBuild failed with 2 errors:\u001b[0m

  ✘ [ERROR] Could not resolve "nope"

      src/index.ts:2:18:
        2 │ import { x } from "nope";
          ╵                   ~~~~~~

    To fix this, you can add an entry to "alias" in your Wrangler configuration.
    For more guidance see: https://developers.cloudflare.com/workers/

  ✘ [ERROR] Expected identifier but found "="

      src/bad.js:1:4:
        1 │ let = 1;

🪵  Logs were written to "/home/logs/wrangler.log"
`;
    assert.deepEqual(faults(stderr), [
      {
        where: "api/src/index.ts:2:19",
        what: 'Could not resolve "nope"',
        fix: 'To fix this, you can add an entry to "alias" in your Wrangler configuration.',
      },
      {
        where: "api/src/bad.js:1:5",
        what: 'Expected identifier but found "="',
        fix: "Fix it, and try: npx wrangler deploy --dry-run",
      },
    ]);
  });

  it("names the flag for a module of Node", () => {
    const [fault] = faults('X [ERROR] Could not resolve "node:fs"\n\n    index.js:1:7:\n');
    assert.match(fault?.fix ?? "", /nodejs_compat/);
  });

  it("shows a build command's own last lines, not wrangler's exception", () => {
    const stderr = `✘ [ERROR] k [Error]: Process exited with non-zero status (3)

      at I2._waitForOutput (cli.js:164358:98)

✘ [ERROR] Running custom build \`npm run build\` failed. There are likely more logs from your build command above.
`;
    const [fault, ...rest] = faults(
      stderr,
      "[custom build] Running: npm run build\n[custom build] no such script\n",
    );
    assert.deepEqual(rest, []);
    assert.equal(fault?.what, "the build command 'npm run build' failed: no such script");
  });

  it("is shown as it is where no error is recognised, and said to be nothing where it is", () => {
    assert.match(
      faults("TypeError: boom\n")[0]?.what ?? "",
      /could not compile the Worker: TypeError: boom$/,
    );
    assert.match(faults("")[0]?.what ?? "", /ended without a word/);
  });

  it("says how long it took where it was stopped", () => {
    const [fault] = faultsOf({ ...ran(""), timedOut: true }, [], shown);
    assert.match(fault?.what ?? "", /after 15 minutes/);
  });

  it("keeps warnings apart from errors", () => {
    const found = findingsIn(
      "▲ [WARNING] Processing wrangler.jsonc configuration:\n\n    - Unexpected fields found\n",
    );
    assert.deepEqual(found, [
      {
        kind: "warning",
        text: "Processing wrangler.jsonc configuration:",
        place: undefined,
        advice: "- Unexpected fields found",
      },
    ]);
  });
});

describe("what wrangler would upload and the stack does not declare", () => {
  const config = { file: "api/wrangler.jsonc", vars: { A: "x" }, requiredSecrets: ["K"], bindings: [] };
  const metadata = {
    main_module: "index.js",
    bindings: [
      { name: "A", type: "plain_text", text: "x" },
      { name: "K", type: "inherit" },
    ],
    compatibility_date: "2026-01-01",
    keep_bindings: ["secret_text"],
  };
  for (const [title, more, says] of [
    ["nothing", {}, []],
    ["a key that is new", { containers: [] }, [/'containers'/]],
    ["a binding that is new", { bindings: [{ name: "NEW", type: "quantum" }] }, [/'NEW' \(quantum\)/]],
    ["both", { containers: [], bindings: [{ name: "NEW", type: "q" }] }, [/'containers'/, /'NEW'/]],
    ["the older syntax", { main_module: undefined, body_part: "index.js" }, [/service-worker syntax/]],
  ] as const)
    it(`is refused by name: ${title}`, () => {
      const found = metadataFaults({ ...metadata, ...more }, config);
      assert.equal(found.length, says.length, JSON.stringify(found));
      for (const [index, pattern] of says.entries()) assert.match(found[index]?.what ?? "", pattern);
    });
});

describe("the environment of wrangler and of a build command", () => {
  it("has what a program needs to start and what the entry names, and no credential, proxy or setting of this process", () => {
    const from = {
      ...{
        PATH: "/bin",
        LANG: "C",
        TMPDIR: "/tmp",
        HOME: "/home/user",
        NODE_OPTIONS: "--require ./evil.cjs",
      },
      ...{ PULUMI_CONFIG: "canary", PULUMI_ACCESS_TOKEN: "canary", CLOUDFLARE_API_TOKEN: "canary" },
      ...{ CLOUDFLARE_ENV: "prod", HTTPS_PROXY: "http://proxy", AWS_SECRET_ACCESS_KEY: "canary" },
    };
    const given = childEnvironment(from, { home: "/private", variables: { SENTRY_RELEASE: "1" } });
    assert.deepEqual(Object.keys(given).sort(), [
      ...["CI", "HOME", "LANG", "NO_COLOR", "PATH", "SENTRY_RELEASE", "TMPDIR", "USERPROFILE"],
      ...[
        "WRANGLER_HIDE_BANNER",
        "WRANGLER_LOG_PATH",
        "WRANGLER_SEND_METRICS",
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
      ],
    ]);
    assert.equal(given.HOME, "/private");
  });
});

describe("the size of a Worker's modules", () => {
  const config = { file: "api/wrangler.jsonc" } as never;
  const bytes = (size: number) => ({
    name: "m",
    contentType: "application/wasm",
    bytes: new Uint8Array(size),
  });
  it("is at most 64 MiB without source maps", () => {
    const whole = 64 * 1024 * 1024;
    assert.deepEqual(sizeFaults({ config }, { content: "x", files: [bytes(whole - 1)] }), []);
    assert.equal(sizeFaults({ config }, { content: "xx", files: [bytes(whole - 1)] }).length, 1);
    const map = { ...bytes(whole), contentType: "application/source-map" };
    assert.deepEqual(sizeFaults({ config }, { content: "xx", files: [map] }), []);
  });
});
