import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import type { Json } from "../../store/store.ts";
import type { D1Result } from "../../workers/data.ts";
import { fault, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { checked } from "../scripts/form.ts";
import { requireDatabase } from "./databases.ts";

const Statement = v.object({
  sql: v.pipe(v.string(), v.minLength(1)),
  params: v.nullish(v.array(v.custom<Json>(() => true))),
});
const Query = v.union([v.object({ batch: v.pipe(v.array(Statement), v.minLength(1)) }), Statement]);

type View = (result: D1Result) => unknown;

/** One statement, several in one text, or a batch of them. */
function running(view: View): Route<CloudflareContext>["handle"] {
  return async (request: ApiRequest, context: CloudflareContext) => {
    const database = context.workers.data.d1(requireDatabase(request, context).uuid);
    const sent = checked(Query, await request.json(), "query");
    const results: D1Result[] = [];
    for (const { sql, params } of "batch" in sent ? sent.batch : [sent]) {
      try {
        results.push(...(await database.query(sql, params ?? undefined)));
      } catch (error) {
        // SQLite's own words: they name tables and columns, and quote the statement at most.
        const words = error instanceof Error ? error.message : String(error);
        throw fault(400, 7500, words.replace(/^D1_ERROR: /, ""));
      }
    }
    return success(results.map(view));
  };
}

/** Rows as arrays, which is smaller. Columns come from the first row: without rows there are none. */
function raw({ results, meta, success: done }: D1Result) {
  const columns = Object.keys(results[0] ?? {});
  return {
    results: { columns, rows: results.map((row) => columns.map((column) => row[column] ?? null)) },
    success: done,
    meta,
  };
}

const DATABASE = "/client/v4/accounts/:account/d1/database/:database";

export const d1QueryRoutes: readonly Route<CloudflareContext>[] = [
  {
    method: "POST",
    path: `${DATABASE}/query`,
    operation: "D1DatabaseQuery",
    handle: running((result) => result),
  },
  { method: "POST", path: `${DATABASE}/raw`, operation: "D1DatabaseRaw", handle: running(raw) },
];
