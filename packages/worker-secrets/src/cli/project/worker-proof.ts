import { request } from "node:http";
import { proveNames, provePossession, requestNames } from "./proof.ts";

/**
 * Asks a sample Worker for its proofs and compares them with what the key gives here. No secret goes over the wire in
 * either direction. Throws when the Worker holds another key.
 */
export async function proveWorker(
  workersUrl: string,
  scriptName: string,
  key: string,
  line: (text: string) => void,
): Promise<void> {
  const ask = (path: string, headers: Record<string, string> = {}) =>
    get(new URL(path, workersUrl), `${scriptName}.localhost`, headers);
  const { proof } = await ask("/proof");
  if (proof !== provePossession(key))
    throw new Error(
      `the Worker '${scriptName}' does not hold the key that ESC has: it answered ${JSON.stringify(proof)}`,
    );
  line(`GET /proof   ${String(proof).slice(0, 12)}…   the HMAC that only the holder of PROOF_KEY can make`);
  const answer = await ask("/names", { authorization: `Proof ${requestNames(key)}` });
  if (answer.proof !== proveNames(key) || !Array.isArray(answer.names))
    throw new Error(`the Worker '${scriptName}' did not take the caller's proof`);
  line(`GET /names   ${answer.names.join(", ")}`);
}

/** `fetch` does not let a caller set `Host`, which is how the sandbox knows the Worker, as Cloudflare does. */
function get(url: URL, host: string, headers: Record<string, string>): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      { headers: { ...headers, host: `${host}:${url.port}` }, timeout: 30_000 },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          try {
            const body: unknown = JSON.parse(text);
            if (response.statusCode === 200 && typeof body === "object" && body !== null)
              return resolve({ ...body });
          } catch {
            // falls through to the error, which shows what came instead
          }
          reject(
            new Error(
              `GET ${url.pathname} of ${host} answered ${response.statusCode}: ${text.slice(0, 300)}`,
            ),
          );
        });
      },
    );
    asked.on("timeout", () => asked.destroy(new Error("no answer within 30 s")));
    asked.on("error", reject);
    asked.end();
  });
}
