import type { ApiRequest } from "../../http/route.ts";
import { fault } from "../envelope.ts";
import { type CloudflareContext, type ScriptRecord, scripts } from "../model.ts";

/** The newer API finds a Worker by its id as well as by its name. */
export function workerOf(request: ApiRequest, { store }: CloudflareContext): ScriptRecord {
  const wanted = request.param("worker");
  const all = store.list(scripts, [request.param("account")]).map(({ record }) => record);
  const found = all.find(({ id }) => id === wanted) ?? all.find(({ name }) => name === wanted);
  if (found === undefined) throw fault(404, 10007, "This Worker does not exist on your account.");
  return found;
}
