/**
 * `node strangers-run.ts FOLDER SECONDS RUNS SEED`: the requests of strangers.test.ts, in a process of their own. Ends with 0 and one line
 * of what was answered, or with the first request that got further than a refusal.
 */
import assert from "node:assert/strict";
import { keyOf, operations } from "../../../../tests/contract/route-table.ts";
import { Random } from "../../../esc/tests/differential/random.ts";
import { type CloudflareContext, createCloudflareHalf } from "../../src/cloudflare/index.ts";
import { front } from "../../src/http/front.ts";
import { createPulumiHalf } from "../../src/pulumi/index.ts";
import { openDataFolder } from "../../src/store/folder.ts";
import { identity } from "../pulumi-harness.ts";

const [folder = "", ...numbers] = process.argv.slice(2);
const [seconds = 1, runs = 1, seed = 1] = numbers.map(Number);
const PIECES = [
  "x",
  "..",
  "%2e%2e",
  "%2F",
  "",
  "%00",
  "%e2%80%ae",
  "x".repeat(500),
  "*",
  "acme",
  identity.accountId,
];
const ENCODINGS = ["gzip", "x-gzip", "br", "identity", "gzip, gzip"];
const TYPES = ["application/json", "multipart/form-data; boundary=b", "application/x-yaml", "text/plain", ""];

/** A path of the table, its parameters filled, and now and then changed. */
function somePath(random: Random, path: string): string {
  const filled = path
    .replace(":account", identity.accountId)
    .replace(":org", "acme")
    .replace(/:[A-Za-z]+(?:\{[^/]*\})?|\*/g, () => random.pick(PIECES) || "x");
  if (random.oneIn(8))
    return `${filled}/${random.pick(PIECES)}?${random.pick(PIECES)}=${random.pick(PIECES)}`;
  return random.oneIn(8) ? filled.replace(/\//g, () => (random.oneIn(3) ? "//" : "/")) : filled;
}

/** Anything but the right credential. */
function someCredential(random: Random): Record<string, string> {
  const { token } = identity;
  const at = random.below(token.length);
  const wrong = random.pick([
    "",
    "x".repeat(random.below(5000)),
    token.slice(0, at),
    `${token.slice(0, at)}${random.pick(["x", "-", "_"])}${token.slice(at)}`,
    token.toUpperCase(),
    `${token} ${token}`,
    `"${token}"`,
  ]);
  const scheme = random.pick(["token", "Bearer", "update-token", "Basic", "bearer", "TOKEN", ""]);
  const header = random.pick(["authorization", "authorization", "authorization", "x-auth-key", "cookie"]);
  return random.oneIn(6) ? {} : { [header]: `${scheme} ${wrong}` };
}

const data = openDataFolder(folder);
const context = { store: data.store, vault: data.vault, identity, now: () => new Date() };
const workers = new Proxy({}, { get: () => () => undefined }) as CloudflareContext["workers"];
const ask = front({
  pulumi: createPulumiHalf({ ...context, journals: true }),
  cloudflare: createCloudflareHalf({ ...context, workers, workersUrl: () => "http://127.0.0.1" }),
});
const closed = operations.filter((operation) => keyOf(operation) !== "GET /oidc/.well-known/jwks");
const end = Date.now() + seconds * 1000;
const statuses: Record<string, number> = {};
let cases = 0;
for (; cases < runs && Date.now() < end; cases++) {
  const random = new Random(seed + cases);
  const operation = random.pick(closed);
  const path = somePath(random, operation.path);
  const method = random.oneIn(5) ? random.pick(["POST", "PUT", "PATCH", "DELETE"]) : operation.method;
  let read = false;
  const body = new ReadableStream(
    {
      pull(stream) {
        read = true;
        stream.close();
      },
    },
    { highWaterMark: 0 },
  );
  const headers = {
    host: "127.0.0.1",
    ...someCredential(random),
    "content-type": random.pick(TYPES),
    "content-encoding": random.pick(ENCODINGS),
    ...(random.oneIn(4) ? { "content-length": random.pick(["0", "9", "1e9", "-1"]) } : {}),
  };
  const bare = method === "GET" || method === "HEAD";
  const init = { method, headers, ...(bare ? {} : { body, duplex: "half" as const }) };
  const response = await ask(new Request(`http://127.0.0.1${path}`, init));
  const text = await response.text();
  if (!bare && !body.locked) await body.cancel();
  const what = `FUZZ_SEED=${seed + cases} FUZZ_RUNS=1: ${method} ${path.slice(0, 300)}: ${response.status} ${text}`;
  assert.ok([400, 401, 403, 404, 414].includes(response.status), what);
  // Pulumi Cloud's half says 404 to nobody; Cloudflare's only where it has no such route.
  if (response.status === 404) assert.match(text, /No route for that URI/, what);
  assert.equal(read, false, what);
  statuses[response.status] = (statuses[response.status] ?? 0) + 1;
}
data.close();
console.log(`${cases} requests, answers ${JSON.stringify(statuses)}`);
