import { randomUUID } from "node:crypto";
import * as v from "valibot";
import type { ApiRequest, Route } from "../../http/route.ts";
import { type Store, table } from "../../store/store.ts";
import { fault, success } from "../envelope.ts";
import type { CloudflareContext, StoredAssets } from "../model.ts";
import { checked } from "../scripts/form.ts";
import { checkName } from "../scripts/names.ts";
import { assetFiles } from "./records.ts";
import { assetToken } from "./tokens.ts";

/** Files that one Worker may have, and how large one may be. */
const MAX_FILES = 100_000;
const MAX_FILE_BYTES = 25 * 1024 * 1024;

/** What goes into one request: with its base64 it stays well under the largest body. */
const BUCKET_BYTES = 40 * 1024 * 1024;
const BUCKET_FILES = 500;

const Manifest = v.object({
  manifest: v.record(
    v.pipe(v.string(), v.startsWith("/", "a path that begins with /")),
    v.object({
      hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/, "32 hex digits")),
      size: v.pipe(v.number(), v.integer(), v.minValue(0)),
    }),
  ),
});

export interface AssetSession {
  readonly script: string;
  readonly files: StoredAssets["files"];
  readonly begun: string;
}

/** By account and the session's id. */
const sessions = table<AssetSession>("cloudflare.assetSessions");

/** Says which files are not here yet, in buckets of what to send at once. */
async function begin(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const [account, script] = [request.param("account"), request.param("script")];
  checkName(script);
  const { manifest: files } = checked(Manifest, await request.json(), "manifest");
  checkFiles(files);
  const { store, vault } = context;
  const now = context.now();
  const id = randomUUID();
  store.transaction(() => {
    forgetOld(store, account, now);
    store.put(sessions, [account, id], { script, files, begun: now.toISOString() });
  });
  const missing = missingFiles(store, account, files);
  const kind = missing.length === 0 ? "complete" : "upload";
  return success({ jwt: assetToken(vault, kind, id, now), buckets: bucketsOf(missing) });
}

function checkFiles(files: StoredAssets["files"]): void {
  const count = Object.keys(files).length;
  if (count > MAX_FILES) {
    throw fault(
      400,
      10026,
      `The manifest can't be used: it has ${count} files, at most ${MAX_FILES} are allowed.`,
    );
  }
  const large = Object.entries(files).filter(([, { size }]) => size > MAX_FILE_BYTES);
  if (large.length === 0) return;
  const names = large.map(([path]) => path).join(", ");
  throw fault(400, 10026, `The manifest can't be used: over ${MAX_FILE_BYTES} bytes are ${names}.`);
}

function forgetOld(store: Store, account: string, now: Date): void {
  const limit = new Date(now.getTime() - 24 * 60 * 60 * 1000).toISOString();
  for (const { key, record } of store.list(sessions, [account])) {
    if (record.begun < limit) store.delete(sessions, key);
  }
}

/** Each hash once, with its size. */
export function missingFiles(
  store: Store,
  account: string,
  files: StoredAssets["files"],
): readonly { readonly hash: string; readonly size: number }[] {
  const all = new Map(Object.values(files).map((file) => [file.hash, file]));
  return [...all.values()].filter(({ hash }) => store.get(assetFiles, [account, hash]) === undefined);
}

function bucketsOf(files: readonly { readonly hash: string; readonly size: number }[]): string[][] {
  const buckets: { bytes: number; hashes: string[] }[] = [];
  for (const { hash, size } of files) {
    const last = buckets.at(-1);
    if (last === undefined || last.bytes + size > BUCKET_BYTES || last.hashes.length >= BUCKET_FILES) {
      buckets.push({ bytes: size, hashes: [hash] });
    } else {
      last.bytes += size;
      last.hashes.push(hash);
    }
  }
  return buckets.map(({ hashes }) => hashes);
}

export function findSession(store: Store, account: string, id: string): AssetSession {
  const found = store.get(sessions, [account, id]);
  if (found !== undefined) return found;
  throw fault(400, 10026, "This session for the upload of assets is over. Begin another one.");
}

export const assetSessionRoutes: readonly Route<CloudflareContext>[] = [
  {
    method: "POST",
    path: "/client/v4/accounts/:account/workers/scripts/:script/assets-upload-session",
    operation: "WorkersScriptsAssetsUploadCreate",
    handle: begin,
  },
];
