import type { Miniflare } from "miniflare";
import type { Json } from "../../store/store.ts";
import type { D1Access, D1Result } from "../data.ts";
import { statements } from "./statements.ts";
import type { UseStore } from "./use-store.ts";

type Database = Awaited<ReturnType<Miniflare["getD1Database"]>>;

export function d1Access(use: UseStore<Database>): D1Access {
  return {
    query: (sql, params) =>
      use(async (database) => {
        const texts = params === undefined ? statements(sql) : [sql];
        if (texts.length === 0) throw new Error("D1_ERROR: No SQL statements detected.");
        // One batch is one transaction, as it is for the API's text of several statements.
        const prepared = texts.map((text) => database.prepare(text).bind(...(params ?? [])));
        const results = await database.batch<Record<string, Json>>(prepared);
        return results.map(
          (one): D1Result => ({
            success: true,
            meta: JSON.parse(JSON.stringify(one.meta)) as Record<string, Json>,
            results: one.results,
          }),
        );
      }),
  };
}

/** Views and triggers go with, or before, the tables they belong to. */
export async function dropTables(use: UseStore<Database>): Promise<void> {
  const access = d1Access(use);
  const [found] = await access.query(
    "SELECT type, name FROM sqlite_master WHERE type IN ('view', 'table') AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%' ORDER BY type DESC",
  );
  const drops = (found?.results ?? []).map(
    ({ type, name }) => `DROP ${String(type).toUpperCase()} "${String(name).replaceAll('"', '""')}"`,
  );
  if (drops.length > 0) await access.query(["PRAGMA defer_foreign_keys = on", ...drops].join(";\n"));
}
