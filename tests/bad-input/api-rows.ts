import type { World } from "../helpers/world.ts";
import { CANARY } from "./row.ts";

/** One bad request to the sandbox's own APIs, and the answer in the real service's form. */
export interface ApiRow {
  readonly title: string;
  readonly send: (world: World) => Promise<Response>;
  readonly status: number;
  /** The service's own code, in its own envelope. */
  readonly code: number;
  /** What it says: Cloudflare's `code: message` lines, Pulumi Cloud's message with its diagnostics. */
  readonly text: string;
}

const CODE = "export default { fetch() { return new Response('ok'); } };";
const secret = (name: string, text?: string) => ({ type: "secret_text", name, text });

/** Uploads a script as the provider does. */
export function upload(name: string, metadata: object = {}, code = CODE): ApiRow["send"] {
  return ({ sandbox }) => {
    const { url, token, accountId } = sandbox.description.cloudflare;
    const form = new FormData();
    form.set("worker.js", new File([code], "worker.js", { type: "application/javascript+module" }));
    const full = { main_module: "worker.js", compatibility_date: "2026-10-01", bindings: [], ...metadata };
    form.set("metadata", new Blob([JSON.stringify(full)], { type: "application/json" }));
    return fetch(`${url}/accounts/${accountId}/workers/scripts/${name}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}` },
      body: form,
    });
  };
}

const cloudflare =
  (path: string, init: RequestInit = {}, token?: string): ApiRow["send"] =>
  ({ sandbox }) => {
    const { cloudflare: half } = sandbox.description;
    return fetch(`${half.url}${path.replace("ACCOUNT", half.accountId)}`, {
      ...init,
      headers: { authorization: `Bearer ${token ?? half.token}`, ...init.headers },
    });
  };

const pulumi =
  (method: string, path: string, body?: string, headers: Record<string, string> = {}): ApiRow["send"] =>
  ({ sandbox }) => {
    const half = sandbox.description.pulumi;
    const url = `${half.url}${path.replace("ENV", `/api/esc/environments/${half.organization}`)}`;
    return fetch(url, {
      method,
      headers: { authorization: `token ${half.token}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  };

/** A form of these parts alone: name, text, type. */
const form =
  (name: string, ...parts: readonly (readonly [string, string, string])[]): ApiRow["send"] =>
  (world) => {
    const body = new FormData();
    for (const [part, text, type] of parts) body.set(part, new Blob([text], { type }));
    return cloudflare(`/accounts/ACCOUNT/workers/scripts/${name}`, { method: "PUT", body })(world);
  };

const raw = (name: string, body: string, type = "multipart/form-data; boundary=b") =>
  cloudflare(`/accounts/ACCOUNT/workers/scripts/${name}`, {
    method: "PUT",
    body,
    headers: { "content-type": type },
  });

/** To the Worker that is there. */
const kept = (method: string, below: string, body?: unknown) =>
  cloudflare(`/accounts/ACCOUNT/workers/scripts/kept${below}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });

const secrets = (method: string, body?: unknown, below = "") => kept(method, `/secrets${below}`, body);

/** A list in a list in a list. */
const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));

export const cloudflareRows: readonly ApiRow[] = [
  {
    title: "Worker with a syntax error",
    send: upload("shop", {}, "export default {"),
    status: 400,
    code: 10021,
    text: ["10021: Uncaught SyntaxError: Unexpected end of input", "  at worker.js:1:16"].join("\n"),
  },
  {
    title: "Worker that throws at the start",
    send: upload("shop", {}, `throw new Error("at start");${CODE}`),
    status: 400,
    code: 10021,
    text: ["10021: Uncaught Error: at start", "  at worker.js:1:7"].join("\n"),
  },
  {
    title: "Worker without a handler",
    send: upload("shop", {}, "export default {};"),
    status: 400,
    code: 10068,
    text: "10068: The uploaded script has no registered event handlers.",
  },
  {
    title: "value over 5 KB (UTF-8)",
    send: upload("shop", { bindings: [secret("A", `${CANARY}${"é".repeat(2560)}`)] }),
    status: 400,
    code: 10054,
    text: "10054: Binding 'A' is too large: 5137 bytes, at most 5120 are allowed",
  },
  {
    title: "secret without a text",
    send: upload("shop", { bindings: [secret("A")] }),
    status: 400,
    code: 10021,
    text: "10021: invalid or missing text property for binding A",
  },
  {
    title: "binding without a name",
    send: upload("shop", { bindings: [secret("", "x")] }),
    status: 400,
    code: 10052,
    text: "10052: Binding 1 has no name",
  },
  {
    title: "name that is double",
    send: upload("shop", { bindings: [secret("A", "x"), secret("A", "y")] }),
    status: 400,
    code: 10053,
    text: "10053: Binding name 'A' already in use. Please use a different name and try again.",
  },
  {
    title: "more than 128 bindings",
    send: upload("shop", { bindings: Array.from({ length: 129 }, (_, index) => secret(`N${index}`, "x")) }),
    status: 400,
    code: 10055,
    text: "10055: Too many variables and secrets: 129, at most 128 are allowed",
  },
  {
    title: "script name with capitals",
    send: upload("Shop"),
    status: 400,
    code: 10016,
    text: "10016: Invalid Worker name: use lower-case letters, digits, dashes and underscores, at most 255.",
  },
  {
    title: "compatibility date in the future",
    send: upload("shop", { compatibility_date: "2999-01-01" }),
    status: 400,
    code: 10021,
    text: '10021: This Worker requires compatibility date "2999-01-01", but the newest date supported by this server binary is "2026-11-24".',
  },
  {
    title: "inherited binding that is not there",
    send: upload("shop?bindings_inherit=strict", { bindings: [{ type: "inherit", name: "A" }] }),
    status: 400,
    code: 10057,
    text: "10057: inherit binding 'A' is invalid",
  },
  {
    title: "wrong token",
    send: cloudflare("/accounts/ACCOUNT/workers/scripts", {}, "w".repeat(40)),
    status: 403,
    code: 10000,
    text: "10000: Authentication error",
  },
  {
    title: "token of the wrong form",
    send: cloudflare("/accounts/ACCOUNT/workers/scripts", {}, "short"),
    status: 400,
    code: 6003,
    text: "6003: Invalid request headers",
  },
  {
    title: "account not found",
    send: cloudflare(`/accounts/${"f".repeat(32)}/workers/scripts`),
    status: 403,
    code: 9109,
    text: "9109: Unauthorized to access requested resource",
  },
  {
    title: "secret on a Worker that is not there",
    send: cloudflare("/accounts/ACCOUNT/workers/scripts/nobody/secrets", {
      method: "PUT",
      body: JSON.stringify(secret("A", CANARY)),
    }),
    status: 404,
    code: 10007,
    text: "10007: This Worker does not exist on your account.",
  },
  {
    title: "form without metadata",
    send: form("shop", ["worker.js", CODE, "application/javascript+module"]),
    status: 400,
    code: 10026,
    text: "10026: The form has no part named metadata.",
  },
  {
    title: "form whose metadata is not JSON",
    send: form("shop", ["metadata", `{"x": "${CANARY}`, "application/json"]),
    status: 400,
    code: 10026,
    text: "10026: Could not read the request: the form's part metadata is not valid JSON",
  },
  {
    title: "form that breaks off",
    send: raw("shop", '--b\r\ncontent-disposition: form-data; name="metadata"\r\n\r\n{'),
    status: 400,
    code: 10026,
    text: "10026: Could not read the request: the form breaks off before its last boundary",
  },
  {
    title: "form without a boundary",
    send: raw("shop", "", "multipart/form-data"),
    status: 400,
    code: 10001,
    text: "10001: Unsupported content type: multipart/form-data",
  },
  {
    title: "script that is no form",
    send: raw("shop", "x", "text/plain"),
    status: 400,
    code: 10001,
    text: "10001: Unsupported content type: text/plain",
  },
  {
    title: "metadata of the wrong types",
    send: upload("shop", { bindings: "x", tags: 3, logpush: "yes" }),
    status: 400,
    code: 10026,
    text: "10026: The metadata can't be used: bindings is not Array, logpush is not boolean, tags is not Array.",
  },
  {
    title: "main module that is not in the form",
    send: upload("shop", { main_module: "other.js" }),
    status: 400,
    code: 10021,
    text: '10021: Uncaught Error: No such module "other.js".',
  },
  {
    title: "metadata nested without end",
    send: upload("shop", { tags: nested(2000) }),
    status: 400,
    code: 10026,
    text: "10026: Could not read the request: the form's part metadata has more than 1000 arrays and objects in each other",
  },
  {
    title: "compatibility date that is none",
    send: upload("shop", { compatibility_date: "yesterday" }),
    status: 400,
    code: 10021,
    text: "10021: Invalid compatibility date: yesterday",
  },
  {
    title: "compatibility flag that is not known",
    send: upload("shop", { compatibility_flags: ["no_such_flag"] }),
    status: 400,
    code: 10021,
    text: "10021: No such compatibility flag: no_such_flag",
  },
  {
    title: "binding of an unknown type",
    send: upload("shop", { bindings: [{ type: "sekret", name: "A", text: CANARY }] }),
    status: 400,
    code: 10021,
    text: "10021: binding A has an unknown type",
  },
  {
    title: "binding to a namespace that is not there",
    send: upload("shop", { bindings: [{ type: "kv_namespace", name: "A", namespace_id: "f".repeat(32) }] }),
    status: 400,
    code: 10041,
    text: "10041: KV namespace 'ffffffffffffffffffffffffffffffff' not found.",
  },
  {
    title: "binding to a script that is not there",
    send: upload("shop", { bindings: [{ type: "service", name: "A", service: "nobody" }] }),
    status: 400,
    code: 10143,
    text: "10143: Service binding 'A' references Worker 'nobody' which was not found. Verify the Worker exists in your account and that the service name in your configuration is correct.",
  },
  {
    title: "Durable Object of a class that is not exported",
    send: upload("shop", {
      bindings: [{ type: "durable_object_namespace", name: "R", class_name: "Room" }],
      migrations: { new_tag: "v1", steps: [{ new_sqlite_classes: ["Room"] }] },
    }),
    status: 400,
    code: 10070,
    text: "10070: Cannot apply new-sqlite-class migration to class 'Room' that is not exported by script",
  },
  {
    title: "script name of 256 characters",
    send: upload("a".repeat(256)),
    status: 400,
    code: 10016,
    text: "10016: Invalid Worker name: use lower-case letters, digits, dashes and underscores, at most 255.",
  },
  {
    title: "no authorization",
    send: ({ sandbox }) => fetch(`${sandbox.description.cloudflare.url}/user/tokens/verify`),
    status: 400,
    code: 9106,
    text: "9106: Missing X-Auth-Key, X-Auth-Email or Authorization headers",
  },
  {
    title: "secret without a name",
    send: secrets("PUT", secret("", CANARY)),
    status: 400,
    code: 10052,
    text: "10052: The secret has no name",
  },
  {
    title: "secret that is not JSON",
    send: secrets("PUT", `{"text": "${CANARY}`),
    status: 400,
    code: 10026,
    text: "10026: Could not read the request: the request body is not valid JSON",
  },
  {
    title: "secret that is a list",
    send: secrets("PUT", [secret("A", CANARY)]),
    status: 400,
    code: 10026,
    text: "10026: The secret can't be used: secret: an object is needed.",
  },
  {
    title: "secret whose text is a number",
    send: secrets("PUT", { type: "secret_text", name: "A", text: 7 }),
    status: 400,
    code: 10021,
    text: "10021: invalid or missing text property for binding A",
  },
  {
    title: "secret of another type",
    send: secrets("PUT", { type: "plain_text", name: "A", text: CANARY }),
    status: 400,
    code: 10021,
    text: "10021: binding A is not of a secret type",
  },
  {
    title: "secret that is over 5 KB",
    send: secrets("PUT", secret("A", CANARY.padEnd(5121, "x"))),
    status: 400,
    code: 10054,
    text: "10054: Binding 'A' is too large: 5121 bytes, at most 5120 are allowed",
  },
  {
    title: "deleting a secret that is not there",
    send: secrets("DELETE", undefined, "/NOBODY"),
    status: 404,
    code: 10056,
    text: "10056: Binding 'NOBODY' not found",
  },
  {
    title: "secrets in bulk that are a list",
    send: secrets("PATCH", { secrets: [] }, "-bulk"),
    status: 400,
    code: 10026,
    text: "10026: The secrets can't be used: secrets: an object is needed.",
  },
  {
    title: "more than 100 secrets in bulk",
    send: secrets(
      "PATCH",
      {
        secrets: Object.fromEntries(
          Array.from({ length: 101 }, (_, index) => [`N${index}`, secret(`N${index}`, CANARY)]),
        ),
      },
      "-bulk",
    ),
    status: 400,
    code: 100160,
    text: "100160: Bulk secret request contains 101 secrets, which exceeds the limit of 100 per request. Please split the request into smaller batches.",
  },
  {
    title: "deployment of a version that is not there",
    send: kept("POST", "/deployments", {
      strategy: "percentage",
      versions: [{ version_id: "00000000-0000-4000-8000-000000000000", percentage: 100 }],
    }),
    status: 404,
    code: 10007,
    text: "10007: The version 00000000-0000-4000-8000-000000000000 is not among the last 100.",
  },
  {
    title: "deployment that is not whole",
    send: kept("POST", "/deployments", { strategy: "percentage", versions: [] }),
    status: 400,
    code: 10026,
    text: "10026: The deployment can't be used: versions has too few entries.",
  },
  {
    title: "schedule that is no cron expression",
    send: kept("PUT", "/schedules", [{ cron: "every day" }]),
    status: 400,
    code: 10100,
    text: "10100: invalid cron string: every day",
  },
  {
    title: "KV namespace without a title",
    send: cloudflare("/accounts/ACCOUNT/storage/kv/namespaces", { method: "POST", body: "{}" }),
    status: 400,
    code: 10019,
    text: "10019: a namespace title is required",
  },
  {
    title: "queue with a name that is none",
    send: cloudflare("/accounts/ACCOUNT/queues", {
      method: "POST",
      body: JSON.stringify({ queue_name: "A B" }),
    }),
    status: 400,
    code: 11003,
    text: "11003: Invalid queue name: use lower-case letters, digits and dashes, at most 63.",
  },
  {
    title: "path that is not in the API",
    send: cloudflare("/accounts/ACCOUNT/nothing"),
    status: 404,
    code: 7000,
    text: "7000: No route for that URI",
  },
];

export const pulumiRows: readonly ApiRow[] = [
  {
    title: "Environment that is not there",
    send: pulumi("GET", "ENV/shop/nobody"),
    status: 404,
    code: 404,
    text: "Environment 'sandbox/shop/nobody' not found",
  },
  {
    title: "Environment that is there already",
    send: pulumi("POST", "ENV", JSON.stringify({ project: "kept", name: "one" })),
    status: 409,
    code: 409,
    text: "Conflict: Environment 'sandbox/kept/one' already exists",
  },
  {
    title: "Environment name with a slash",
    send: pulumi("POST", "ENV", JSON.stringify({ project: "kept", name: "../two" })),
    status: 400,
    code: 400,
    text: "Bad Request: name must be 1 to 100 letters, digits, '-', '_' or '.'",
  },
  {
    title: "definition that is not YAML",
    send: pulumi("PATCH", "ENV/kept/one", "values: [\n"),
    status: 400,
    code: 400,
    text: ["Bad Request: environment 'kept/one' is invalid", "yaml: did not find expected ',' or ']'"].join(
      "\n",
    ),
  },
  {
    title: "definition with a missing reference",
    send: pulumi("PATCH", "ENV/kept/one", "values:\n  a: ${nobody}\n"),
    status: 400,
    code: 400,
    text: ["Bad Request: environment 'kept/one' is invalid", '2:8: unknown property "nobody"'].join("\n"),
  },
  {
    title: "definition with a cycle",
    send: pulumi("PATCH", "ENV/kept/one", "values:\n  a: ${b}\n  b: ${a}\n"),
    status: 400,
    code: 400,
    text: ["Bad Request: environment 'kept/one' is invalid", "2:6: cyclic reference to a"].join("\n"),
  },
  {
    title: "write over somebody else's",
    send: pulumi("PATCH", "ENV/kept/one", "values: {}\n", { etag: "old" }),
    status: 409,
    code: 409,
    text: "Conflict: the environment has changed since it was read",
  },
  {
    title: "body that is not JSON",
    send: pulumi("POST", "ENV", "{"),
    status: 400,
    code: 400,
    text: "Bad Request: the request body is not valid JSON",
  },
  {
    title: "stack that is not there",
    send: pulumi("GET", "/api/stacks/sandbox/shop/nobody"),
    status: 404,
    code: 404,
    text: "Stack 'sandbox/shop/nobody' not found",
  },
  {
    title: "another organization",
    send: pulumi("GET", "/api/esc/environments/other/shop/dev"),
    status: 404,
    code: 404,
    text: "Organization 'other' not found",
  },
  {
    title: "operation that is not in the sandbox",
    send: pulumi("POST", "ENV/kept/one/hooks", "{}"),
    status: 501,
    code: 501,
    text: "Not Implemented: a webhook is not in the sandbox",
  },
  {
    title: "no token at all",
    send: ({ sandbox }) => fetch(`${sandbox.description.pulumi.url}/api/user`),
    status: 401,
    code: 401,
    text: "Unauthorized: No credentials provided or are invalid. Set PULUMI_ACCESS_TOKEN to the sandbox's token.",
  },
  {
    title: "Environment without a name",
    send: pulumi("POST", "ENV", "{}"),
    status: 400,
    code: 400,
    text: "Bad Request: project is missing; name is missing",
  },
  {
    title: "Environment name of 101 characters",
    send: pulumi("POST", "ENV", JSON.stringify({ project: "kept", name: "a".repeat(101) })),
    status: 400,
    code: 400,
    text: "Bad Request: name must be 1 to 100 letters, digits, '-', '_' or '.'",
  },
  {
    title: "body nested without end",
    send: pulumi("POST", "ENV", `{"project": ${JSON.stringify(nested(2000))}}`),
    status: 400,
    code: 400,
    text: "Bad Request: the request body has more than 1000 arrays and objects in each other",
  },
  {
    title: "body that says it is packed and is not",
    send: pulumi("POST", "ENV", "{}", { "content-encoding": "gzip" }),
    status: 400,
    code: 400,
    text: "Bad Request: the gzip body can't be unpacked",
  },
  {
    title: "revision that is not there",
    send: pulumi("GET", "ENV/kept/one/versions/99"),
    status: 404,
    code: 404,
    text: "Revision '99' of environment 'kept/one' not found",
  },
  {
    title: "tag with a space",
    send: pulumi("POST", "ENV/kept/one/versions/tags", JSON.stringify({ name: "a b", revision: 1 })),
    status: 400,
    code: 400,
    text: "Bad Request: name must be 1 to 100 letters, digits, '-', '_' or '.'",
  },
  {
    title: "tag of a revision that is not there",
    send: pulumi("POST", "ENV/kept/one/versions/tags", JSON.stringify({ name: "stable", revision: 99 })),
    status: 400,
    code: 400,
    text: "Bad Request: Invalid revision tag: revision 99 of 'kept/one' not found",
  },
  {
    title: "opening for a time that is none",
    send: pulumi("POST", "ENV/kept/one/open?duration=soon"),
    status: 400,
    code: 400,
    text: "Bad Request: Invalid 'duration' value: it must be a positive Go duration such as 2h30m",
  },
  {
    title: "session that is not there",
    send: pulumi("GET", "ENV/kept/one/open/nobody"),
    status: 404,
    code: 404,
    text: "Open environment not found: it has expired, or was never opened here",
  },
  {
    title: "stack name with a slash",
    send: pulumi("POST", "/api/stacks/sandbox/shop", JSON.stringify({ stackName: "a/b" })),
    status: 400,
    code: 400,
    text: "Bad Request: stackName must be 1 to 100 letters, digits, '-', '_' or '.'",
  },
  {
    title: "stack without a name",
    send: pulumi("POST", "/api/stacks/sandbox/shop", "{}"),
    status: 400,
    code: 400,
    text: "Bad Request: stackName is missing",
  },
  {
    title: "update of a stack that is not there",
    send: pulumi("POST", "/api/stacks/sandbox/shop/nobody/update", "{}"),
    status: 404,
    code: 404,
    text: "Stack 'sandbox/shop/nobody' not found",
  },
  {
    title: "checkpoint without an update",
    send: pulumi("PATCH", "/api/stacks/sandbox/kept/dev/update/nobody/checkpoint", "{}"),
    status: 401,
    code: 401,
    text: "Unauthorized: this call takes the update's token ('update-token …')",
  },
  {
    title: "state that is a text",
    send: pulumi(
      "POST",
      "/api/stacks/sandbox/kept/dev/import",
      JSON.stringify({ version: 3, deployment: CANARY }),
    ),
    status: 400,
    code: 400,
    text: "Bad Request: deployment must be an object",
  },
  {
    title: "deployment settings that are a list",
    send: pulumi("POST", "/api/stacks/sandbox/kept/dev/deployments/settings", "[]"),
    status: 400,
    code: 400,
    text: "Bad Request: the body must be Object",
  },
  {
    title: "path that is not in the API",
    send: pulumi("GET", "/api/nothing"),
    status: 404,
    code: 404,
    text: "Not Found",
  },
];
