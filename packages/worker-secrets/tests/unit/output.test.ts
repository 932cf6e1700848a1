import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { visible as visibleOfCreate } from "../../../create/src/output.ts";
import { visible as visibleOfSandbox } from "../../../sandbox/src/output.ts";
import { ServiceError } from "../../src/api/http.ts";
import { describeChecks, fail } from "../../src/cli/commands/doctor/check.ts";
import { describeFindings, drift } from "../../src/cli/commands/drift/findings.ts";
import { CommandFailed } from "../../src/cli/terminal/command.ts";
import { describeFailure } from "../../src/cli/terminal/words.ts";
import { FaultsError } from "../../src/faults.ts";
import { oneLine, visible, visibleIn, visibleJson } from "../../src/visible.ts";

const HOSTILE: Readonly<Record<string, string>> = {
  "a colour": "\u001b[31mred",
  "a window's title": "\u001b]0;title\u0007",
  "a hyperlink": "\u001b]8;;https://x.example\u001b\\x\u001b]8;;\u001b\\",
  "the line rewritten": "ok\r\u001b[2Kall is well",
  "C1 control": "\u009b31m",
  NUL: "a\0b",
  backspace: "abc\b\b\bxyz",
  DEL: "\u007f",
  "right to left": "\u202egnp.exe",
  isolate: "\u2066x\u2069",
  "zero width": "a\u200bb\ufeff",
  "soft hyphen": "a\u00adb",
  "line separator": "a\u2028::error::x",
  "next line": "a\u0085::error::x",
  "half a surrogate pair": "\ud83d",
  tag: "\u{e0041}",
  "CI command": "::error::forged",
  "CI command after a line end": "x\n::set-output name=a::b",
  "CI command after CR LF": "x\r\n::add-mask::a",
  "CI command after blanks": "x\n \t ::stop-commands::token",
  "older CI command": "x ##[error]forged",
  "Azure's": "x ##vso[task.setvariable variable=a]b",
  "TeamCity's": "##teamcity[buildStatus text='x']",
  "our own words": "x\nNothing was changed.",
};

/** Nothing that acts: every line of it, as a runner and as a terminal read it. */
function assertHarmless(text: string): void {
  assert.doesNotMatch(text, /[^\P{C}\n\t]|[\u2028\u2029]/u);
  for (const line of text.split("\n")) {
    assert.doesNotMatch(line, /^\s*::/);
    assert.doesNotMatch(line, /##[\w.-]*\[/);
  }
}

/** Where each text of the two services, of a file or of a tool comes into what is printed. */
const PLACES: Readonly<Record<string, (text: string) => string>> = {
  "a service's refusal": (text) => new ServiceError(text, 400, 0).message,
  "a fault's place": (text) => new FaultsError([{ where: text, what: "w", fix: "f" }]).message,
  "a fault's reason": (text) => new FaultsError([{ where: "x", what: text, fix: "f" }]).message,
  "a fault's command": (text) => new FaultsError([{ where: "x", what: "w", fix: text }]).message,
  "a drift's name": (text) => describeFindings([drift("unread", text, text, text)], "s"),
  "a check's detail": (text) => describeChecks([fail("c", text, text)]),
  "an effect's name": (text) =>
    describeFailure({ reason: "r", faults: [], effects: [{ kind: "created", what: text }] }),
  "a fault that a command lists": (text) =>
    describeFailure({
      reason: "r",
      faults: new CommandFailed("r", { faults: [{ where: text, what: text, fix: text }] }).faults,
      effects: [{ kind: "none" }],
    }),
};

describe("what is printed", () => {
  const root = tempFolder();

  for (const [name, place] of Object.entries(PLACES)) {
    it(`has as many lines with hostile texts as without, none of which acts: ${name}`, () => {
      const lines = place("x").split("\n").length;
      const check = (text: string) => {
        const shown = visible(place(text));
        assertHarmless(shown);
        assert.equal(shown.split("\n").length, lines, JSON.stringify(text));
      };
      for (const text of Object.values(HOSTILE)) check(text);
      fc.assert(
        fc.property(
          fc.string({ unit: "binary" }),
          fc.constantFrom(...Object.values(HOSTILE)),
          (some, bad) => {
            check(some);
            check(some + bad);
          },
        ),
        { seed: 17, numRuns: 300 },
      );
    });
  }

  for (const [name, text] of Object.entries(HOSTILE))
    it(`makes it visible: ${name}`, () => {
      for (const shown of [
        ...WRITERS.map((writer) => writer(text)),
        oneLine(text),
        ...JSON_FORMS.map((form) => form(text)),
      ])
        assertHarmless(shown);
      assert.doesNotMatch(oneLine(text), /[\n\t]/);
      assert.equal(JSON.parse(visibleJson(text)), text, "JSON of values keeps their meaning");
    });

  it("makes whatever any package prints visible", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.constantFrom(...Object.values(HOSTILE)), (some, bad) => {
        for (const writer of WRITERS)
          for (const text of [some, bad + some, `${some}\n${bad}`]) assertHarmless(writer(text));
      }),
      { seed: 17, numRuns: 300 },
    );
  });

  it("leaves ordinary texts of several lines as they are", () => {
    for (const text of ["Ünïcode → ✓ 日本語 😀", "a\n\tb: c::d #1 [x]", "{ a: '\\x1b' }"])
      for (const writer of WRITERS) assert.equal(writer(text), text);
  });

  it("is printed by one writer: the lint step refuses another", async () => {
    const { plugins: _, ...config } = JSON.parse(await readFile("biome.json", "utf8"));
    await writeFile(join(root, "biome.json"), JSON.stringify({ ...config, vcs: { enabled: false } }));
    await cp("tools/lint", join(root, "tools/lint"), { recursive: true });
    const folders = [
      "packages/worker-secrets/src/cli/ci",
      "packages/sandbox/src",
      "packages/create/src",
      "tools/x",
    ];
    for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
    const lint = async (source: string) => {
      for (const folder of folders) await writeFile(join(root, folder, "new.ts"), source);
      const biome = resolve("node_modules/@biomejs/biome/bin/biome");
      return spawnSync(process.execPath, [biome, "lint", "."], { cwd: root, encoding: "utf8" });
    };
    const fine = await lint('export const fine = "x";\n');
    assert.equal(fine.status, 0, fine.stderr);
    for (const source of [
      'console.log("x");\n',
      'console.error("x");\n',
      'process.stdout.write("x");\n',
      'process.stderr.write("x", () => undefined);\n',
    ]) {
      const { status, stdout, stderr } = await lint(source);
      assert.equal(status, 1, `${source}${stdout}`);
      assert.match(stderr, /output\.ts|noConsole/);
      assert.match(stderr, /Found 4 errors/, source);
    }
  }).timeout(60_000);
});

/** Each package has its own: none may import another. */
const WRITERS = [visible, visibleOfSandbox, visibleOfCreate];

/** The two ways in which a reader of JSON prints a human field: as it stands, and decoded. */
const JSON_FORMS: readonly ((text: string) => string)[] = [
  (text) => visibleJson(visibleIn({ message: text })),
  (text) => (JSON.parse(visibleJson(visibleIn({ message: text }))) as { message: string }).message,
];
