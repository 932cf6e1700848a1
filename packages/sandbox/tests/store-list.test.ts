import assert from "node:assert/strict";
import { join } from "node:path";
import { tempFolder } from "../../../tests/helpers/temp.ts";
import { openSqliteStore } from "../src/store/sqlite.ts";
import type { Store } from "../src/store/store.ts";
import { ordinal, table } from "../src/store/store.ts";

const rows = table<number>("rows");

describe("a list of records", () => {
  const folder = tempFolder();
  let store: Store;
  before(() => {
    store = openSqliteStore(join(folder, "list.sqlite"));
    for (const owner of ["a", "a2", "b"])
      for (const number of [0, 1, 2, 5, 10, 100]) store.put(rows, [owner, ordinal(number)], number);
  });
  after(() => store?.close());
  const found = (...given: Parameters<Store["list"]>) => store.list(...given).map(({ record }) => record);

  it("is whole, in the keys' order, and of its prefix alone", () => {
    assert.deepEqual(found(rows, ["a"]), [0, 1, 2, 5, 10, 100]);
    assert.equal(found(rows).length, 18);
    assert.deepEqual(found(rows, ["none"]), []);
  });

  it("begins where it is told to: at that record, or at the next one after it", () => {
    assert.deepEqual(found(rows, ["a"], { from: ordinal(2) }), [2, 5, 10, 100]);
    assert.deepEqual(found(rows, ["a"], { from: ordinal(3) }), [5, 10, 100]);
    assert.deepEqual(found(rows, ["a"], { from: ordinal(101) }), []);
    assert.deepEqual(
      store.list(rows, [], { from: "a2", limit: 1 }).map(({ key }) => key),
      [["a2", ordinal(0)]],
    );
  });

  it("ends after as many as are wanted", () => {
    assert.deepEqual(found(rows, ["a"], { limit: 2 }), [0, 1]);
    assert.deepEqual(found(rows, ["a"], { from: ordinal(6), limit: 9 }), [10, 100]);
    assert.deepEqual(found(rows, ["a"], { limit: 0 }), []);
  });
});
