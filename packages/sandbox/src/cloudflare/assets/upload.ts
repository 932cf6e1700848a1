import { type ApiRequest, BadBody, type Route } from "../../http/route.ts";
import { accepted, created, fault } from "../envelope.ts";
import type { CloudflareContext } from "../model.ts";
import { boundaryOf, type Part, parseForm } from "../multipart.ts";
import { assetFiles } from "./records.ts";
import { findSession, missingFiles } from "./sessions.ts";
import { assetToken, sessionOf } from "./tokens.ts";

/** What a client says of a file whose type it does not know. It is then answered without one. */
const NO_TYPE = "application/null";

/** Takes the files of one bucket. The last one is answered with the token that an upload of the script names. */
async function upload(request: ApiRequest, context: CloudflareContext): Promise<Response> {
  const account = request.param("account");
  const { store, vault } = context;
  const now = context.now();
  const token = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  const id = sessionOf(vault, "upload", token, now);
  const session = findSession(store, account, id);
  if (request.query.get("base64") !== "true") {
    throw fault(400, 10026, "Assets are sent in base64, which the query has to say: ?base64=true");
  }
  const boundary = boundaryOf(request.headers.get("content-type") ?? "");
  if (boundary === undefined) throw fault(400, 10001, "Unsupported content type: assets are sent as a form");
  const sizes = new Map(Object.values(session.files).map(({ hash, size }) => [hash, size]));
  const files = parseForm(await request.bytes(), boundary).map((part) => decoded(part, sizes));
  store.transaction(() => {
    for (const { hash, base64, type } of files) {
      const contentType = type === undefined || type === NO_TYPE ? {} : { contentType: type };
      store.put(assetFiles, [account, hash], { base64, ...contentType });
    }
  });
  if (missingFiles(store, account, session.files).length > 0) return accepted({ jwt: null });
  return created({ jwt: assetToken(vault, "complete", id, now) });
}

/** The hash is the client's to make; what can be checked is that it is asked for, and the size. */
function decoded({ name: hash, type, bytes }: Part, sizes: ReadonlyMap<string, number>) {
  const text = Buffer.from(bytes).toString("latin1");
  const size = sizes.get(hash);
  if (size === undefined)
    throw fault(400, 10026, `The session's manifest has no file with the hash ${hash}.`);
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) throw new BadBody(`the file ${hash} is not in base64`);
  const content = Buffer.from(text, "base64");
  if (content.length !== size) {
    throw fault(400, 10026, `The file ${hash} has ${content.length} bytes, and ${size} in the manifest.`);
  }
  return { hash, type, base64: content.toString("base64") };
}

/** The token of the session stands in for the API's own. */
export const assetUploadRoutes: readonly Route<CloudflareContext>[] = [
  {
    method: "POST",
    path: "/client/v4/accounts/:account/workers/assets/upload",
    credential: "upload",
    operation: "WorkersAssetsUploadCreate",
    handle: upload,
  },
];
