import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { isObject } from "../objects.ts";
import { type CloudflareClient, resultOf } from "./cloudflare-client.ts";
import { multipart, type Part } from "./multipart.ts";
import { fileAt } from "./place.ts";
import { isArray, type Properties, UNKNOWN } from "./properties.ts";
import type { Fail } from "./terraform-check.ts";

interface Entry {
  readonly file: string;
  readonly hash: string;
  readonly size: number;
}

/** What the real plugin finds wrong with the assets before any call, beyond missing and unknown values. */
export function checkAssets({ assets }: Properties, fail: Fail): void {
  if (!isObject(assets)) return;
  if ((assets.directory ?? null) !== null && (assets.jwt ?? null) !== null)
    fail(
      "assets.directory",
      'Attribute "assets.jwt" cannot be specified when "assets.directory" is specified',
    );
  const first = isObject(assets.config) ? (assets.config.runWorkerFirst ?? null) : null;
  if (first === null || first === UNKNOWN || typeof first === "boolean") return;
  const rules = isArray(first) && first.every((rule) => typeof rule === "string");
  if (!rules)
    fail("assets.config.runWorkerFirst", "it must be a boolean, or a list of strings containing path rules");
}

/**
 * The inputs with the hash of the files in `assets.directory`, which the real plugin computes for each plan: so a changed file
 * shows as a change of the hash. Throws when the folder can't be read.
 */
export function withManifestHash(inputs: Properties): Properties {
  const { assets } = inputs;
  if (!isObject(assets) || typeof assets.directory !== "string" || assets.directory === UNKNOWN)
    return inputs;
  const listed = [...manifest(assets.directory)].map(([path, { hash, size }]) => [path, { hash, size }]);
  const assetManifestSha256 = sha256(JSON.stringify(Object.fromEntries(listed)));
  return { ...inputs, assets: { ...assets, assetManifestSha256 } };
}

/**
 * Uploads the files of `assets.directory` that the API asks for: internal/services/workers_script/assets.go of
 * terraform-provider-cloudflare 5.22. The planned properties with the token that the upload ends with.
 */
export async function uploadAssets(
  client: CloudflareClient,
  account: string,
  scriptName: string,
  planned: Properties,
): Promise<Properties> {
  const { assets } = planned;
  if (!isObject(assets) || typeof assets.directory !== "string" || assets.jwt) return planned;
  const files = manifest(assets.directory);
  const listed = [...files].map(([path, { hash, size }]) => [path, { hash, size }]);
  const path = `accounts/${account}/workers/scripts/${encodeURIComponent(scriptName)}/assets-upload-session`;
  const session = await client.result("POST", path, {
    contentType: "application/json",
    body: JSON.stringify({ manifest: Object.fromEntries(listed) }),
  });
  if (typeof session.jwt !== "string" || session.jwt === "") {
    throw new Error("failed to upload assets: no completion token received from upload session");
  }
  const byHash = new Map([...files.values()].map((entry) => [entry.hash, entry]));
  let jwt = session.jwt;
  for (const bucket of isArray(session.buckets) ? session.buckets : []) {
    if (!isArray(bucket)) continue;
    const { contentType, body } = multipart(bucket.map((hash) => partOf(String(hash), byHash)));
    const response = await client.call("POST", `accounts/${account}/workers/assets/upload?base64=true`, {
      contentType,
      body,
      token: session.jwt,
    });
    const answered = resultOf(response).jwt;
    if (typeof answered === "string" && answered !== "") jwt = answered;
  }
  return { ...planned, assets: { ...assets, jwt } };
}

function partOf(hash: string, byHash: ReadonlyMap<string, Entry>): Part {
  const entry = byHash.get(hash);
  if (!entry)
    throw new Error(`failed to upload assets: the API asks for ${hash}, which is not in the manifest`);
  const content = readFileSync(entry.file).toString("base64");
  const type = TYPES[extname(entry.file).toLowerCase()] ?? "";
  return { name: hash, filename: entry.file, type, content };
}

/** By path below the folder, `/index.html`, in the order of the paths. */
function manifest(directory: string): ReadonlyMap<string, Entry> {
  const root = fileAt(directory);
  try {
    lstatSync(root);
    const files = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name));
    const entries = files.map((file): [string, Entry] => {
      const content = readFileSync(file);
      const path = `/${relative(root, file).split(sep).join("/")}`;
      // Of a link, the size is that of the link itself, as with the real plugin.
      return [path, { file, hash: sha256(content).slice(0, 32), size: lstatSync(file).size }];
    });
    return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  } catch (error) {
    throw new Error(`${AT_MANIFEST} Error reading asset files: ${asGo(error)}`, { cause: error });
  }
}

/** Where the real plugin's error says that it was: the property that its plan computes from the files. */
const AT_MANIFEST = '[AttributeName("assets").AttributeName("asset_manifest_sha256")]';

/** Node's `ENOENT: no such file or directory, lstat '/a'` as Go words it: `lstat /a: no such file or directory`. */
function asGo(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [, reason, call, path] = /^E[A-Z]+: ([^,]+), (\w+) '(.*)'$/.exec(message) ?? [];
  return path === undefined ? message : `${call} ${path}: ${reason}`;
}

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** Go's own table; the real plugin asks the system's beside it. A file of another kind goes without a type. */
const TYPES: Readonly<Record<string, string>> = {
  ".avif": "image/avif",
  ".css": "text/css; charset=utf-8",
  ".gif": "image/gif",
  ".htm": "text/html; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webp": "image/webp",
  ".xml": "text/xml; charset=utf-8",
};
