import { randomUUID } from "node:crypto";
import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import { fault, listing, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { checked } from "../scripts/form.ts";
import { type D1DatabaseRecord, d1Databases, databasesOf, findDatabase } from "./records.ts";

const ReadReplication = v.object({ mode: v.picklist(["auto", "disabled"]) });
const NewDatabase = v.object({
  name: v.optional(v.string(), ""),
  jurisdiction: v.nullish(v.string()),
  primary_location_hint: v.nullish(v.string()),
  read_replication: v.nullish(ReadReplication),
});
const Changes = v.object({ read_replication: v.nullish(ReadReplication) });

function view({ uuid, name, createdOn, jurisdiction, readReplication }: D1DatabaseRecord) {
  return {
    uuid,
    name,
    version: "production",
    created_at: createdOn,
    jurisdiction: jurisdiction ?? null,
    read_replication: { mode: readReplication },
  };
}

/** 7404 on a 404. */
export function requireDatabase(request: ApiRequest, { store }: CloudflareContext): D1DatabaseRecord {
  const id = request.param("database");
  const found = findDatabase(store, request.param("account"), id);
  if (found === undefined) throw fault(404, 7404, `The database ${id} could not be found`);
  return found;
}

function list(request: ApiRequest, { store }: CloudflareContext): Response {
  const name = request.query.get("name");
  const all = databasesOf(store, request.param("account"));
  const found = name === null ? all : all.filter((one) => one.name.includes(name));
  return listing(found.map(view), request.query, 1000);
}

async function create(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const account = request.param("account");
  const sent = checked(NewDatabase, await request.json(), "database");
  if (!/^[A-Za-z0-9][\w -]{0,127}$/.test(sent.name)) {
    throw fault(400, 7400, "The database can't be made: its name is missing or can't be used.");
  }
  if (databasesOf(context.store, account).some(({ name }) => name === sent.name)) {
    throw fault(400, 7502, `A database with the name ${sent.name} already exists`);
  }
  const record: D1DatabaseRecord = {
    uuid: randomUUID(),
    name: sent.name,
    createdOn: context.now().toISOString(),
    ...(sent.jurisdiction == null ? {} : { jurisdiction: sent.jurisdiction }),
    readReplication: sent.read_replication?.mode ?? "disabled",
  };
  const whole = await withFigures(context, record);
  context.store.put(d1Databases, [account, record.uuid], record);
  return success(whole);
}

/** `fields` leaves out what is not asked for. It comes as one list with commas, or once for each field. */
async function get(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const record = requireDatabase(request, context);
  const fields = request.query.getAll("fields").flatMap((list) => list.split(","));
  const wanted = (field: string) => fields.length === 0 || fields.includes(field);
  const measured = wanted("file_size") || wanted("num_tables");
  const whole = measured ? await withFigures(context, record) : view(record);
  return success(Object.fromEntries(Object.entries(whole).filter(([key]) => wanted(key))));
}

/** With its size, which is read from the data itself. */
async function withFigures({ workers }: CloudflareContext, record: D1DatabaseRecord) {
  const [found] = await workers.data
    .d1(record.uuid)
    .query(
      "SELECT count(*) AS tables FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
    );
  return {
    ...view(record),
    num_tables: Number(found?.results[0]?.tables ?? 0),
    file_size: Number(found?.meta.size_after ?? 0),
  };
}

async function change(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const record = requireDatabase(request, context);
  const sent = checked(Changes, await request.json(), "database");
  const changed = { ...record, readReplication: sent.read_replication?.mode ?? record.readReplication };
  const whole = await withFigures(context, changed);
  context.store.put(d1Databases, [request.param("account"), record.uuid], changed);
  return success(whole);
}

async function remove(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const { uuid } = requireDatabase(request, context);
  context.store.delete(d1Databases, [request.param("account"), uuid]);
  await context.workers.data.drop({ kind: "d1", databaseId: uuid });
  return success(null);
}

const DATABASES = "/client/v4/accounts/:account/d1/database";
const DATABASE = `${DATABASES}/:database`;

export const d1DatabaseRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: DATABASES, operation: "D1DatabaseList", handle: list },
  { method: "POST", path: DATABASES, operation: "D1DatabaseCreate", handle: create },
  { method: "GET", path: DATABASE, operation: "D1DatabaseGet", handle: get },
  { method: "PUT", path: DATABASE, operation: "D1DatabaseUpdate", handle: change },
  { method: "PATCH", path: DATABASE, operation: "D1DatabaseEdit", handle: change },
  { method: "DELETE", path: DATABASE, operation: "D1DatabaseDelete", handle: remove },
];
