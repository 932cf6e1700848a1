import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { tempFolder } from "../../../tests/helpers/temp.ts";
import { LAYOUTS, type Migration, UnknownLayout } from "../src/store/layouts.ts";
import { openSqliteStore } from "../src/store/sqlite.ts";
import { table } from "../src/store/store.ts";

const names = table<string>("names");
/** As a later version might have: the kinds get a prefix. */
const PREFIXED: Migration = (database) => database.exec("UPDATE records SET kind = 'v2/' || kind");
const prefixed = table<string>("v2/names");

describe("a database of another layout", () => {
  const folder = tempFolder();
  let count = 0;
  const newFile = () => join(folder, `${++count}.sqlite`);
  const withRecords = (file: string) => {
    const store = openSqliteStore(file);
    store.put(names, ["a"], "one");
    store.put(names, ["b"], "two");
    store.close();
  };
  const digest = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
  const layout = (file: string) => {
    const database = new DatabaseSync(file, { readOnly: true });
    const { user_version } = database.prepare("PRAGMA user_version").get() ?? {};
    database.close();
    return user_version;
  };

  it("an older one is brought to the newest, with everything in it", () => {
    const file = newFile();
    withRecords(file);
    assert.equal(layout(file), LAYOUTS.length);
    const store = openSqliteStore(file, [...LAYOUTS, PREFIXED]);
    assert.deepEqual(
      store.list(prefixed).map(({ record }) => record),
      ["one", "two"],
    );
    store.close();
    assert.equal(layout(file), LAYOUTS.length + 1);
    // Once, not at every start.
    const again = openSqliteStore(file, [...LAYOUTS, PREFIXED]);
    assert.equal(again.list(prefixed).length, 2);
    again.close();
  });

  it("stays as it was when a step fails, whatever that has done so far", () => {
    const file = newFile();
    withRecords(file);
    const failing: Migration = (database) => {
      PREFIXED(database);
      database.exec("DELETE FROM records; CREATE TABLE half_done (x)");
      throw new Error("no further");
    };
    assert.throws(() => openSqliteStore(file, [...LAYOUTS, failing]), /no further/);
    assert.equal(layout(file), LAYOUTS.length);
    const store = openSqliteStore(file);
    assert.deepEqual(
      store.list(names).map(({ record }) => record),
      ["one", "two"],
    );
    store.close();
  });

  it("a newer one is refused, byte for byte as it was", () => {
    const file = newFile();
    openSqliteStore(file, [...LAYOUTS, PREFIXED]).close();
    const before = digest(file);
    assert.throws(
      () => openSqliteStore(file),
      (error) =>
        error instanceof UnknownLayout && /newer version .*layout 2, this one knows 1/.test(error.message),
    );
    assert.equal(digest(file), before);
    assert.ok(!existsSync(`${file}-wal`));
  });

  it("somebody else's database is refused, byte for byte as it was", () => {
    const file = newFile();
    const other = new DatabaseSync(file);
    other.exec("CREATE TABLE accounts (id INTEGER); INSERT INTO accounts VALUES (1)");
    other.close();
    const before = digest(file);
    assert.throws(
      () => openSqliteStore(file),
      (error) => error instanceof UnknownLayout && /not one of the sandbox's/.test(error.message),
    );
    assert.equal(digest(file), before);
  });

  it("an empty file is a new database", () => {
    const file = newFile();
    writeFileSync(file, "");
    withRecords(file);
    assert.equal(layout(file), LAYOUTS.length);
  });
});
