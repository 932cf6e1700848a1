import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Command } from "commander";
import type { Ended } from "../../../../tests/helpers/process.ts";
import { GOOD, workerFolder } from "../../../../tests/helpers/worker-folder.ts";
import type { CommandModule } from "../../src/cli/terminal/command.ts";
import { CANARY, failed, lines, openProject, succeeded, type WsProject } from "./ws-project.ts";

const ROOT = join(import.meta.dirname, "../../../..");

/** What a command is called with. */
interface Row {
  /** The least that it needs. */
  readonly least: readonly string[];
  /** With which it gets as far as it can without a terminal and without a value; what it then says. */
  readonly silent: { readonly args: readonly string[]; readonly says: RegExp };
  /** Calls that can't be meant, besides an unknown option, and what is said of them. */
  readonly wrong: readonly (readonly [args: readonly string[], says: RegExp])[];
}

const TOO_MANY = /too many arguments|excess argument/i;

const ROWS: Readonly<Record<string, Row>> = {
  init: {
    least: [],
    silent: {
      args: ["new"],
      says: /'CLOUDFLARE_API_TOKEN' has no value[\s\S]*--values -[\s\S]*'API_KEY' has no value/,
    },
    wrong: [
      [["dev", "prod"], TOO_MANY],
      [["dev", "--stack", "prod"], /two stacks are named: dev and --stack prod/],
      [["dev", "--values"], /argument missing/],
    ],
  },
  adopt: {
    least: ["legacy"],
    silent: { args: ["legacy", "--stack", "new"], says: /'CLOUDFLARE_API_TOKEN' has no value\n.*--values -/ },
    wrong: [
      [[], /missing required argument 'script'/],
      [["legacy", "other"], TOO_MANY],
    ],
  },
  dev: {
    least: ["--write"],
    silent: { args: ["--stack", "new"], says: /init new/ },
    wrong: [
      [["--port", "1"], /unknown option '--port'/],
      [["--json"], /--json goes with --write/],
      [["--force"], /--force goes with --write/],
      [["--write", "--", "--port", "1"], /--write runs no command/],
      [["--ignore", "--", "vite", "dev"], /--ignore is for wrangler dev/],
    ],
  },
  doctor: {
    least: [],
    silent: { args: ["--stack", "new"], says: /FAIL.*\n.*init new/ },
    wrong: [[["dev"], TOO_MANY]],
  },
  drift: {
    least: [],
    silent: { args: ["--stack", "new"], says: /init new/ },
    wrong: [[["dev"], TOO_MANY]],
  },
  promote: {
    least: ["dev", "prod"],
    silent: { args: ["dev", "new"], says: /init new/ },
    wrong: [
      [[], /missing required argument 'from'/],
      [["dev"], /name the stack that gets them: TO/],
      [["dev", "prod", "other"], TOO_MANY],
      [["dev", "prod", "--stack", "staging"], /two targets are named: prod and --stack staging/],
    ],
  },
  rollback: {
    least: [],
    silent: { args: ["--stack", "new"], says: /init new/ },
    wrong: [
      [["12"], TOO_MANY],
      [["--to"], /argument missing/],
    ],
  },
  rotate: {
    least: ["API_KEY", "--generate"],
    silent: { args: ["API_KEY", "--stack", "dev"], says: /no terminal to ask[\s\S]*--generate/ },
    wrong: [
      [[], /name a secret, or write --token/],
      [["API_KEY", "--token"], /name a secret or write --token, not both/],
      [["API_KEY", "--generate", "--rotator"], /exclude each other/],
      [["API_KEY", "--overlap", "--end-overlap"], /exclude each other/],
      [["API_KEY", "--platform"], /--platform goes with --token/],
      [["--token", "--overlap"], /--token takes --value or --platform/],
    ],
  },
  teardown: {
    least: ["--yes", "dev"],
    silent: { args: ["--stack", "dev"], says: /no terminal to ask in[\s\S]*--yes dev/ },
    wrong: [
      [["dev"], TOO_MANY],
      [["--yes"], /argument missing/],
    ],
  },
};
const NAMES = Object.keys(ROWS);

/** The command as it registers itself. */
async function registered(name: string): Promise<Command> {
  const { command } = (await import(`../../src/cli/commands/${name}/command.ts`)) as {
    command: CommandModule;
  };
  const program = new Command();
  command.register(program, async () => undefined);
  const [found] = program.commands;
  assert.ok(found);
  return found;
}

/** What `docs/commands.md` says of one command. */
function documented(name: string): string {
  const text = readFileSync(join(ROOT, "docs/commands.md"), "utf8");
  const section = text.split(/^## /m).find((part) => part.startsWith(`\`ws ${name}`));
  assert.ok(section, `docs/commands.md has no section of ${name}`);
  return section;
}

/** One JSON object on standard output and nothing else. */
function json({ stdout, stderr }: Ended): Record<string, unknown> {
  assert.doesNotMatch(stderr, /^\s+at .*:\d+:\d+/m);
  assert.equal(stdout.split("\n").length, 2, `not one line: ${stdout}`);
  const value: unknown = JSON.parse(stdout);
  assert.ok(typeof value === "object" && value !== null && "ok" in value, stdout);
  return value as Record<string, unknown>;
}

describe("every command of ws", function () {
  this.timeout(120_000);
  let project: WsProject;
  const values = () => lines({ ...project.account, API_KEY: `${CANARY}a`, TOP_SECRET: `${CANARY}b` });
  const each = (what: string, test: (name: string, row: Row) => Promise<void>) => {
    for (const [name, row] of Object.entries(ROWS)) it(`${what}: ${name}`, () => test(name, row));
  };

  before(async () => {
    project = await openProject("shop");
    workerFolder(project.root, "worker", GOOD);
    succeeded(await project.ws(["init", "dev", "--values", "-"], { input: values() }));
  });
  after(() => project?.close());

  it("is in this table, in the list of all, and in the docs", async () => {
    const files = globSync("packages/worker-secrets/src/cli/commands/*/command.ts", { cwd: ROOT }).map(
      (file) => basename(dirname(file)),
    );
    assert.deepEqual(files.sort(), [...NAMES].sort());
    const { stdout, code } = await project.ws(["--help"]);
    assert.equal(code, 0);
    for (const name of NAMES) {
      assert.match(stdout, new RegExp(`^  ${name} `, "m"));
      documented(name);
    }
    for (const args of [[], ["nonsense"]]) {
      const ended = await project.ws(args);
      assert.deepEqual([ended.code, ended.stdout], [2, ""]);
      assert.match(ended.stderr, /worker-secrets --help|^Usage: ws/m);
    }
  });

  each("has a help with its options and exit codes, and docs with the same", async (name) => {
    const ended = await project.ws([name, "--help"]);
    assert.equal(ended.code, 0, ended.stderr);
    const { options } = await registered(name);
    const longs = options.map(({ long }) => long ?? "");
    for (const always of ["--stack", "--json", "--root"]) assert.ok(longs.includes(always), always);
    const docs = documented(name);
    const valueOptions = name === "adopt" ? documented("init") : "";
    for (const { long, description } of options) {
      assert.ok(long && description, `an option of ${name} has no name or no text`);
      assert.ok(ended.stdout.includes(long), `${long} is not in the help`);
      // What all commands have is said once, at the top of the page.
      if (["--stack", "--json", "--root"].includes(long)) continue;
      assert.ok(
        (docs + valueOptions).includes(long),
        `docs/commands.md: ${long} is not in the section of ${name}`,
      );
    }
    for (const text of [ended.stdout, docs]) {
      assert.match(text, /Exit codes: /);
      const codes = text.slice(text.indexOf("Exit codes: "));
      for (const code of [0, 1, 2, 130]) assert.match(codes, new RegExp(`\\b${code}\\b`), codes);
    }
  });

  each(
    "ends a wrong call with 2, in words, and says where the right one stands",
    async (name, { least, wrong }) => {
      const all = [[[...least, "--frobnicate"], /unknown option '--frobnicate'/] as const, ...wrong];
      await Promise.all(
        all.map(async ([args, says]) => {
          const ended = await project.ws([name, ...args], { silent: true });
          assert.equal(ended.code, 2, `${args.join(" ")}: ${ended.stdout}${ended.stderr}`);
          assert.match(ended.stderr, says);
          assert.ok(ended.stderr.endsWith(`See: npx worker-secrets ${name} --help\n`), ended.stderr);
          assert.doesNotMatch(ended.stderr, /^\s+at /m);
          assert.equal(ended.stdout, "");
        }),
      );
    },
  );

  each(
    "tells a failure as one JSON object with --json: no login, no folder, no stack's name",
    async (name, { least }) => {
      const home = join(project.folder, "nobody");
      const calls: readonly (readonly [RegExp, readonly string[], Record<string, string>])[] = [
        [
          /nobody is logged in/,
          name === "promote" ? [] : ["--stack", "dev"],
          { PULUMI_ACCESS_TOKEN: "", PULUMI_HOME: home },
        ],
        [/the project's file can't be read/, ["--root", join(project.folder, "nowhere")], {}],
        [/what is given is no stack's name/, ["--stack", "b@d"], {}],
      ];
      await Promise.all(
        calls.map(async ([says, args, env]) => {
          const own = args[0] === "--stack" && name === "promote" ? least.slice(0, 1) : least;
          const ended = await project.ws([name, ...own, ...args, "--json"], { env, silent: true });
          assert.equal(ended.code, 1, ended.stdout + ended.stderr);
          const told = json(ended);
          assert.equal(told.ok, false);
          assert.match(JSON.stringify(told), says);
          // Each fault comes with what mends it; a check of doctor has a status besides.
          const faults = told.faults ?? told.checks;
          assert.ok(Array.isArray(faults) && faults.length > 0);
          for (const { where, what, fix, status } of faults as Record<string, unknown>[])
            assert.ok(status !== undefined || (where && what && fix), ended.stdout);
        }),
      );
    },
  );

  each("refuses a credential that no header can hold, and never shows it", async (name, { least }) => {
    const unsafe = [
      (mark: string) => `${mark}\r${mark}`,
      (mark: string) => `${mark}\n::error::${mark}`,
      (mark: string) => `${mark}\t${mark}`,
      (mark: string) => `  ${mark} ${mark}`,
      (mark: string) => `${mark}ü✓`,
      (mark: string) => mark.padEnd(64 * 1024, "a"),
    ];
    const form = unsafe[NAMES.indexOf(name) % unsafe.length];
    assert.ok(form !== undefined);
    const variables = [
      "PULUMI_ACCESS_TOKEN",
      "CLOUDFLARE_API_TOKEN",
      "CLOUDFLARE_PLATFORM_TOKEN",
      "GITHUB_TOKEN",
    ];
    // `ws` of this file searches what is printed for the canary.
    const env = Object.fromEntries(variables.map((variable) => [variable, form(`${CANARY}${variable}`)]));
    const stack = name === "promote" || name === "init" ? [] : ["--stack", "dev"];
    const said = failed(await project.ws([name, ...least, ...stack], { env, silent: true }));
    assert.match(said, /it was not sent/);
  });

  it("prints one JSON object with --json where it succeeds (the others: in the tests of each)", async () => {
    succeeded(await project.ws(["init", "gone", "--values", "-"], { input: values() }));
    for (const [args, field] of [
      [["init", "dev", "--dry-run"], "environments"],
      [["dev", "--stack", "dev", "--write"], "names"],
      [["doctor", "--stack", "dev"], "checks"],
      [["drift", "--stack", "dev"], "findings"],
      [["rotate", "API_KEY", "--generate", "--no-up", "--stack", "dev"], "name"],
      [["teardown", "--stack", "gone", "--yes", "gone"], "removed"],
    ] as const) {
      const ended = await project.ws([...args, "--json"], { silent: true });
      assert.ok(ended.code === 0 || args[0] === "doctor", ended.stdout + ended.stderr);
      assert.ok(field in json(ended), ended.stdout);
    }
  });

  each(
    "never asks without a terminal, nor waits for its input: it says what to give",
    async (name, { silent }) => {
      const before = project.files();
      const said = failed(await project.ws([name, ...silent.args], { silent: true }));
      assert.match(said, silent.says);
      assert.doesNotMatch(said, /^\s+at .*:\d+:\d+/m);
      assert.deepEqual(project.files(), before, "it left something");
      assert.ok(!existsSync(join(project.root, "Pulumi.new.yaml")));
    },
  );
});
