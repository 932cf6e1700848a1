/**
 * `npm run changeset-check`: a change of the public types (`packages/NAME/api.md`) against the base branch comes with a changeset. The
 * base is the pull request's, else `origin/main`. Without the base's history nothing is compared, and that is said; in a pull request's
 * run it is a failure.
 */
import { spawnSync } from "node:child_process";
import { note, print } from "../../packages/worker-secrets/src/cli/terminal/output.ts";
import { readChanged, withoutChangeset } from "./changeset-needed.ts";

const target = process.env.GITHUB_BASE_REF || undefined;

function git(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync("git", args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

const name = `origin/${target ?? "main"}`;
const base = git("merge-base", name, "HEAD");
if (base === undefined) {
  print(`Changesets: not checked, since git has no common history with ${name}.`);
  if (target !== undefined) {
    note(`Fetch the whole history of ${name} (actions/checkout with fetch-depth: 0).`);
    process.exitCode = 1;
  }
} else {
  // The working tree, not the last commit, and what git does not know yet.
  const untracked = git("ls-files", "--others", "--exclude-standard", "--", ".changeset") ?? "";
  const changed = [
    ...readChanged(git("diff", "--name-status", "--no-renames", base) ?? ""),
    ...untracked.split("\n").map((path) => ({ status: "A", path })),
  ];
  const missing = withoutChangeset(changed);
  for (const folder of missing)
    note(
      `packages/${folder}/api.md differs from ${name}, and no changeset tells users of it. Write one: npx changeset`,
    );
  if (missing.length === 0) print(`Changesets: complete, compared with ${name}`);
  else process.exitCode = 1;
}
