import assert from "node:assert/strict";
import type { Check } from "../../src/cli/commands/doctor/check.ts";
import { lockChecks } from "../../src/cli/commands/doctor/lock.ts";
import { unusedTokens } from "../../src/cli/commands/doctor/tokens.ts";
import { writerChecks } from "../../src/cli/commands/doctor/writers.ts";

describe("the findings of ws doctor", () => {
  it("have a form of their own for what a service does not show", () => {
    const names = { definition: "p/dev", cloudflare: "p/dev-cloudflare", secrets: "p/dev-secrets" };
    const said = (checks: readonly Check[]) => checks.map(({ status, detail }) => `${status} ${detail}`);
    const rows: readonly (readonly [readonly Check[], readonly RegExp[]])[] = [
      [writerChecks(undefined, names, "o"), [/^unread Pulumi Cloud does not show/]],
      [writerChecks([], names, "o"), [/^ok no team/]],
      [
        writerChecks(
          [
            { team: "a", environment: "p/dev", permission: "admin" },
            { team: "b", environment: "p/dev-secrets", permission: "open" },
            { team: "c", environment: "p/other", permission: "write" },
          ],
          names,
          "o",
        ),
        [/^warn the team 'a' has 'admin' on p\/dev,/],
      ],
      [unusedTokens(undefined, "t", undefined, "dev"), [/^unread the deploy token may not list/]],
      [unusedTokens([{ id: "t", name: "n" }], "t", undefined, "dev"), [/^ok none/]],
      [
        unusedTokens([{ id: "u", name: "n" }], "t", { run: "r", ending: [] }, "dev"),
        [/^warn a rotation of the deploy token runs, or was cut off/, /^warn 'n' \(id u\)/],
      ],
      [lockChecks(undefined, [], "dev", new Date()), [/^ok nobody holds/]],
      [
        lockChecks(undefined, ["creating 'a'"], "dev", new Date()),
        [/^warn an update died in the middle of creating 'a'/],
      ],
      [
        lockChecks(
          { kind: "update", author: "me", started: 0 },
          ["creating 'a'"],
          "dev",
          new Date(3_600_000),
        ),
        [/^warn the operation 'update' of me has held the stack for 60 min; it may have died$/],
      ],
    ];
    for (const [checks, patterns] of rows) {
      const lines = said(checks);
      assert.equal(lines.length, patterns.length, lines.join("\n"));
      for (const [index, pattern] of patterns.entries()) assert.match(lines[index] ?? "", pattern);
    }
  });
});
