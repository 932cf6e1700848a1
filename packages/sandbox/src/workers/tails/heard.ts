import type { Request } from "miniflare";

/** Whether a router's request tells of invocations; then they are handed on. */
export async function heard(
  request: Request,
  tell: (script: string, events: readonly unknown[]) => void,
): Promise<boolean> {
  const script = /^\/tail\/([^/]+)$/.exec(new URL(request.url).pathname)?.[1];
  if (request.method !== "POST" || script === undefined) return false;
  tell(decodeURIComponent(script), (await request.json()) as unknown[]);
  return true;
}
