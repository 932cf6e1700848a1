import type { ModuleFile } from "../bundle.ts";

/** What `wrangler deploy --dry-run --outfile` wrote: the multipart body that it would have uploaded. */
export interface Form {
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Every part but the metadata, in the order of the form. */
  readonly modules: readonly ModuleFile[];
}

/**
 * Parses the body. Its boundary is random and stands in the first line, since the file has no headers. Throws where the text is no such
 * body: a wrangler that writes another form.
 */
export async function parseForm(bytes: Uint8Array): Promise<Form> {
  const end = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf("\r\n");
  const boundary = Buffer.from(bytes.subarray(0, Math.max(end, 0))).toString("latin1");
  if (!boundary.startsWith("--")) throw new TypeError("the file does not begin with a boundary");
  const headers = { "Content-Type": `multipart/form-data; boundary=${boundary.slice(2)}` };
  // A copy: `Response` takes no view of a shared buffer.
  const form = await new Response(Uint8Array.from(bytes), { headers }).formData();
  const metadata = form.get("metadata");
  if (metadata === null) throw new TypeError("the form has no part 'metadata'");
  const parsed: unknown = JSON.parse(typeof metadata === "string" ? metadata : await metadata.text());
  if (typeof parsed !== "object" || parsed === null) throw new TypeError("the metadata is no object");
  const modules: ModuleFile[] = [];
  for (const [name, part] of form) {
    if (name === "metadata") continue;
    if (typeof part === "string") throw new TypeError(`the part '${name}' is no file`);
    modules.push({ name, contentType: part.type, bytes: new Uint8Array(await part.arrayBuffer()) });
  }
  return { metadata: parsed as Readonly<Record<string, unknown>>, modules };
}
