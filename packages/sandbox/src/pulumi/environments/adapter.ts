import { parseExact } from "./exact.ts";
import type { Caller, Outcome } from "./outcalls.ts";
import type { TokenClaims } from "./tokens.ts";

const TIME_LIMIT_MS = 10_000;
const MOST_BYTES = 1024 * 1024;

/** Calls adapters as the service does, except that they must be on this machine. They have `limit` ms to answer. */
export function createCaller(sign: (claims: TokenClaims) => string, limit = TIME_LIMIT_MS): Caller {
  return async ({ url, body, rootEnvironment, currentEnvironment }) => {
    const target = loopback(url);
    if (typeof target !== "string") return target;
    const token = sign({ audience: url, body, rootEnvironment, currentEnvironment });
    try {
      const answer = await fetch(target, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body,
        // A redirect could lead off this machine.
        redirect: "manual",
        signal: AbortSignal.timeout(limit),
      });
      if (answer.status !== 200) {
        await answer.body?.cancel();
        return { error: `external: the adapter answered with status ${answer.status}, and not 200` };
      }
      return read(await limited(answer));
    } catch (error) {
      return { error: `external: ${reason(error, limit)}` };
    }
  };
}

/** The address to call, or why it may not be called. Never quotes it: it may hold secrets. */
function loopback(url: string): string | { error: string } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined) return { error: "external: the URL is not valid" };
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") {
    return { error: "external: the URL must begin with http:// or https://" };
  }
  if (parsed.username !== "" || parsed.password !== "") {
    return { error: "external: the URL must not hold a user or a password" };
  }
  const { hostname } = parsed;
  if (hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname))
    return parsed.href;
  return {
    error:
      "external: the sandbox calls adapters on this machine only; " +
      "use a URL such as http://127.0.0.1:8080/rotate, or open the environment in Pulumi Cloud",
  };
}

async function limited(answer: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.byteLength;
    if (size > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function read(text: string | undefined): Outcome {
  if (text === undefined) return { error: `external: the adapter's answer is over ${MOST_BYTES} bytes` };
  let json: unknown;
  try {
    json = parseExact(text);
  } catch {
    return { error: "external: the adapter's answer is not JSON" };
  }
  if (typeof json === "object" && json !== null && !Array.isArray(json) && !("rawJSON" in json))
    return { json };
  return { error: "external: the adapter's answer must be a JSON object" };
}

function reason(error: unknown, limit: number): string {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  if (name === "TimeoutError") return `the adapter did not answer within ${limit / 1000} seconds`;
  return `the adapter can't be reached${cause?.code === undefined ? "" : ` (${cause.code})`}`;
}
