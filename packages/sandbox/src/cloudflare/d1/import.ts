import { createHash, randomUUID } from "node:crypto";
import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import { table } from "../../store/store.ts";
import { fault, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { checked } from "../scripts/form.ts";
import { requireDatabase } from "./databases.ts";

/** A file of statements on its way in: announced, then sent, then run and forgotten. */
interface ImportRecord {
  /** MD5 of the file, in hex. */
  readonly etag: string;
  readonly sql?: string;
}

/** By account, the database's uuid and the file's name. */
const imports = table<ImportRecord>("cloudflare.d1Imports");

const Step = v.variant("action", [
  v.object({
    action: v.literal("init"),
    etag: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/, "an MD5 in hex")),
  }),
  v.object({ action: v.literal("ingest"), etag: v.string(), filename: v.string() }),
  v.object({ action: v.literal("poll"), current_bookmark: v.string() }),
]);

/** `init` says where to send the file; `ingest` runs all of it, or nothing, and is done when it answers. */
async function step(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const { uuid } = requireDatabase(request, context);
  const account = request.param("account");
  const sent = checked(Step, await request.json(), "import");
  const { store } = context;
  if (sent.action === "poll") throw fault(400, 7400, "No import of this database is under way.");
  if (sent.action === "init") {
    // Whoever knows the name may send the file: the client does so without its token.
    const filename = `${randomUUID()}.sql`;
    store.deleteAll(imports, [account, uuid]);
    store.put(imports, [account, uuid, filename], { etag: sent.etag });
    const { origin } = new URL(request.raw.url);
    const upload_url = `${origin}/client/v4/accounts/${account}/d1/uploads/${uuid}/${filename}`;
    return success({ success: true, type: "import", filename, upload_url, messages: [] });
  }
  const key = [account, uuid, sent.filename];
  const sql = store.get(imports, key)?.sql;
  if (sql === undefined) throw fault(400, 7400, "The file of the import was not uploaded.");
  store.delete(imports, key);
  const found = await context.workers.data
    .d1(uuid)
    .query(sql)
    .catch((error: unknown) => {
      const words = error instanceof Error ? error.message : String(error);
      throw fault(400, 7500, words.replace(/^D1_ERROR: /, ""));
    });
  const sum = (name: string) => found.reduce((total, { meta }) => total + Number(meta[name] ?? 0), 0);
  const meta = {
    ...found.at(-1)?.meta,
    duration: sum("duration"),
    rows_read: sum("rows_read"),
    rows_written: sum("rows_written"),
  };
  return success({
    success: true,
    type: "import",
    status: "complete",
    messages: [],
    result: { num_queries: found.length, final_bookmark: randomUUID(), meta },
  });
}

async function upload(request: ApiRequest, { store }: CloudflareContext): Promise<Response> {
  const key = [request.param("account"), request.param("database"), request.param("filename")];
  const record = store.get(imports, key);
  if (record === undefined) throw fault(403, 10000, "There is no import with this file.");
  const bytes = await request.bytes();
  const etag = createHash("md5").update(bytes).digest("hex");
  if (etag !== record.etag) throw fault(400, 7400, "The file is not the one that was announced.");
  store.put(imports, key, { etag, sql: Buffer.from(bytes).toString("utf8") });
  return new Response(null, { status: 200, headers: { etag: `"${etag}"` } });
}

export const d1ImportRoutes: readonly Route<CloudflareContext>[] = [
  {
    method: "POST",
    path: "/client/v4/accounts/:account/d1/database/:database/import",
    operation: "D1DatabaseImport",
    handle: step,
  },
];

/** The random name of the file stands in for the API's token. */
export const d1UploadRoutes: readonly Route<CloudflareContext>[] = [
  {
    method: "PUT",
    path: "/client/v4/accounts/:account/d1/uploads/:database/:filename",
    credential: "upload",
    operation: "D1DatabaseImportUpload",
    handle: upload,
  },
];
