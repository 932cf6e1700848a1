import type { Hono } from "hono";
import { isLoopbackHost } from "./guard.ts";
import { json } from "./route.ts";

export interface Halves {
  readonly pulumi: Hono;
  readonly cloudflare: Hono;
}

/** Cloudflare's API lives below this path, as the real one does. */
const CLOUDFLARE = "/client/v4";

/**
 * What stands before both APIs on one port: the `Host` check, and the choice of the half by the path. Repeated
 * slashes are one: the ESC SDK sends `…/open//<id>`.
 */
export function front({ pulumi, cloudflare }: Halves): (request: Request) => Response | Promise<Response> {
  return (request) => {
    if (!isLoopbackHost(request.headers.get("host"))) {
      return json(421, { code: 421, message: "the sandbox only answers to 127.0.0.1 and localhost" });
    }
    const url = new URL(request.url);
    const path = url.pathname.replace(/\/{2,}/g, "/");
    const clean = path === url.pathname ? request : new Request(new URL(path + url.search, url), request);
    return path === CLOUDFLARE || path.startsWith(`${CLOUDFLARE}/`)
      ? cloudflare.fetch(clean)
      : pulumi.fetch(clean);
  };
}
