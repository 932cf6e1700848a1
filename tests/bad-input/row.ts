import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** What every secret of these rows begins with: no text may hold it. */
export const CANARY = "canary-bad-input-";

/**
 * A list of faults has, for each, what is wrong and where, and below it the next step. Nothing of the inside is shown:
 * no stack trace, no value that was marked as secret.
 */
export function assertActionable(text: string): void {
  const [head = "", ...lines] = text.split("\n");
  assert.match(head, /^(One problem|\d+ problems) found(:|; nothing was changed\.)$/);
  assert.ok(lines.length > 0 && lines.length % 2 === 0, text);
  lines.forEach((line, index) => {
    assert.match(
      line,
      index % 2 === 0 ? /^ {2}- [^:].*: \S.{5,}$/ : /^ {4}\S.{9,}$/,
      "no place, no cause or no next step",
    );
  });
  assertQuiet(text);
}

export function assertQuiet(text: string): void {
  assert.ok(!text.includes(CANARY), `it shows a secret value: ${text}`);
  assert.doesNotMatch(text, /^\s+at .*:\d+:\d+|node_modules|node:internal/m, "it shows the inside");
}

/** A digest of everything below a folder: names, kinds, modes, contents. */
export function digestOfFolder(folder: string): string {
  const hash = createHash("sha256");
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  for (const entry of entries) {
    const path = join(folder, entry);
    const stat = lstatSync(path);
    hash.update(`${entry}\0${stat.mode}\0`);
    if (stat.isFile()) hash.update(readFileSync(path));
  }
  return hash.digest("hex");
}

/** A digest of every record that a sandbox keeps in its data folder, whoever it belongs to. */
export function digestOfRecords(dataFolder: string): string {
  const database = new DatabaseSync(join(dataFolder, "sandbox.sqlite"), { readOnly: true });
  try {
    const hash = createHash("sha256");
    for (const { kind, key, value } of database
      .prepare("SELECT kind, key, value FROM records ORDER BY kind, key")
      .all())
      hash.update(JSON.stringify([kind, key, value]));
    return hash.digest("hex");
  } finally {
    database.close();
  }
}
