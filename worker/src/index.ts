import { proveNames, provePossession, provesNames } from "./proof.ts";

/**
 * A Worker that shows that it holds its secrets without giving any of them away.
 *
 * - `GET /`       what this is
 * - `GET /proof`  an HMAC of a fixed message by PROOF_KEY: who knows the key can check that this Worker holds it
 * - `GET /names`  the names of its secrets, only to a caller who proves the key (`Authorization: Proof <hex>`)
 */
export default {
  async fetch(request, env): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (request.method !== "GET") return answer(405, { error: "only GET" });
    switch (pathname) {
      case "/":
        return answer(200, { message: env.GREETING });
      case "/proof":
        return answer(200, { proof: await provePossession(env.PROOF_KEY) });
      case "/names":
        if (!(await provesNames(env.PROOF_KEY, request.headers.get("authorization")))) {
          return answer(401, { error: "prove that you know PROOF_KEY" });
        }
        return answer(200, { names: secretNames(env), proof: await proveNames(env.PROOF_KEY) });
      default:
        return answer(404, { error: "no such path" });
    }
  },
} satisfies ExportedHandler<Env>;

/** Every binding but the plain variable: names, never values. */
function secretNames(env: Env): string[] {
  return Object.keys(env)
    .filter((name) => name !== "GREETING")
    .sort();
}

function answer(status: number, body: unknown): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store" } });
}
