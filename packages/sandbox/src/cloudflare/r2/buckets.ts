import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import { ApiFault, fault, success } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { checked } from "../scripts/form.ts";
import { type BucketRecord, buckets, DEFAULT_JURISDICTION, findBucket, storedName } from "./records.ts";

const StorageClass = v.picklist(["Standard", "InfrequentAccess"]);
const NewBucket = v.object({
  name: v.string(),
  locationHint: v.nullish(v.string()),
  storageClass: v.nullish(StorageClass),
});

function view({ name, creationDate, location, jurisdiction, storageClass }: BucketRecord) {
  return {
    name,
    creation_date: creationDate,
    location: location ?? "ENAM",
    storage_class: storageClass,
    jurisdiction,
  };
}

function jurisdictionOf(request: ApiRequest): string {
  return request.headers.get("cf-r2-jurisdiction") ?? DEFAULT_JURISDICTION;
}

/** 10006 on a 404. */
export function requireBucket(request: ApiRequest, { store }: CloudflareContext): BucketRecord {
  const found = findBucket(store, request.param("account"), request.param("bucket"), jurisdictionOf(request));
  if (found === undefined) throw fault(404, 10006, "The specified bucket does not exist.");
  return found;
}

/** A conflict, as S3 calls it. The Go client would repeat any other 409 for minutes. */
function conflict(code: number, message: string): ApiFault {
  return new ApiFault(409, [{ code, message }], { "x-should-retry": "false" });
}

function list(request: ApiRequest, { store }: CloudflareContext): Response {
  const part = request.query.get("name_contains") ?? "";
  const found = store
    .list(buckets, [request.param("account"), jurisdictionOf(request)])
    .map(({ record }) => record)
    .filter(({ name }) => name.includes(part));
  if (request.query.get("direction") === "desc") found.reverse();
  return success({ buckets: found.map(view) });
}

async function create(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const account = request.param("account");
  const { name, locationHint, storageClass } = checked(NewBucket, await request.json(), "bucket");
  const jurisdiction = jurisdictionOf(request);
  if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name)) {
    throw fault(400, 10005, "The specified bucket name is not valid.");
  }
  if (findBucket(context.store, account, name, jurisdiction) !== undefined) {
    throw conflict(10004, "The bucket you tried to create already exists, and you own it.");
  }
  const record: BucketRecord = {
    name,
    creationDate: context.now().toISOString(),
    ...(locationHint == null ? {} : { location: locationHint }),
    jurisdiction,
    storageClass: storageClass ?? "Standard",
  };
  context.store.put(buckets, [account, jurisdiction, name], record);
  return success(view(record));
}

function edit(request: ApiRequest, context: CloudflareContext): Response {
  const record = requireBucket(request, context);
  const storageClass = checked(StorageClass, request.headers.get("cf-r2-storage-class"), "storage class");
  const changed = { ...record, storageClass };
  context.store.put(buckets, [request.param("account"), record.jurisdiction, record.name], changed);
  return success(view(changed));
}

async function remove(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const record = requireBucket(request, context);
  const bucketName = storedName(record);
  const { objects } = await context.workers.data.r2(bucketName).list({ limit: 1 });
  if (objects.length > 0) throw conflict(10008, "The bucket you tried to delete is not empty");
  context.store.delete(buckets, [request.param("account"), record.jurisdiction, record.name]);
  await context.workers.data.drop({ kind: "r2", bucketName });
  return success({});
}

const BUCKETS = "/client/v4/accounts/:account/r2/buckets";
const BUCKET = `${BUCKETS}/:bucket`;

export const r2BucketRoutes: readonly Route<CloudflareContext>[] = [
  { method: "GET", path: BUCKETS, operation: "R2BucketsList", handle: list },
  { method: "POST", path: BUCKETS, operation: "R2BucketsCreate", handle: create },
  {
    method: "GET",
    path: BUCKET,
    operation: "R2BucketsGet",
    handle: (request, context) => success(view(requireBucket(request, context))),
  },
  { method: "PATCH", path: BUCKET, operation: "R2BucketsEdit", handle: edit },
  { method: "DELETE", path: BUCKET, operation: "R2BucketsDelete", handle: remove },
];
