import type { World } from "../helpers/world.ts";

/** One bad request to the sandbox's own APIs, and the answer in the real service's form. */
export interface ApiRow {
  readonly title: string;
  readonly send: (world: World) => Promise<Response>;
  readonly status: number;
  /** The service's own code, in its own envelope. */
  readonly code: number;
  readonly says: RegExp;
}

const CODE = "export default { fetch() { return new Response('ok'); } };";
const secret = (name: string, text?: string) => ({ type: "secret_text", name, text });

/** Uploads a script as the provider does. */
function upload(name: string, metadata: object = {}, code = CODE): ApiRow["send"] {
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

export const cloudflareRows: readonly ApiRow[] = [
  {
    title: "Worker with a syntax error",
    send: upload("shop", {}, "export default {"),
    status: 400,
    code: 10021,
    says: /SyntaxError/,
  },
  {
    title: "Worker that throws at the start",
    send: upload("shop", {}, `throw new Error("at start");${CODE}`),
    status: 400,
    code: 10021,
    says: /at start/,
  },
  {
    title: "Worker without a handler",
    send: upload("shop", {}, "export default {};"),
    status: 400,
    code: 10068,
    says: /no registered event handlers/,
  },
  {
    title: "value over 5 KB (UTF-8)",
    send: upload("shop", { bindings: [secret("A", `canary${"é".repeat(2560)}`)] }),
    status: 400,
    code: 10054,
    says: /A/,
  },
  {
    title: "secret without a text",
    send: upload("shop", { bindings: [secret("A")] }),
    status: 400,
    code: 10021,
    says: /text property for binding A/,
  },
  {
    title: "binding without a name",
    send: upload("shop", { bindings: [secret("", "x")] }),
    status: 400,
    code: 10052,
    says: /name/,
  },
  {
    title: "name that is double",
    send: upload("shop", { bindings: [secret("A", "x"), secret("A", "y")] }),
    status: 400,
    code: 10053,
    says: /'A' already in use/,
  },
  {
    title: "more than 128 bindings",
    send: upload("shop", { bindings: Array.from({ length: 129 }, (_, index) => secret(`N${index}`, "x")) }),
    status: 400,
    code: 10055,
    says: /128/,
  },
  { title: "script name with capitals", send: upload("Shop"), status: 400, code: 10016, says: /name/i },
  {
    title: "compatibility date in the future",
    send: upload("shop", { compatibility_date: "2999-01-01" }),
    status: 400,
    code: 10021,
    says: /2999-01-01|future/,
  },
  {
    title: "inherited binding that is not there",
    send: upload("shop?bindings_inherit=strict", { bindings: [{ type: "inherit", name: "A" }] }),
    status: 400,
    code: 10057,
    says: /inherit binding 'A' is invalid/,
  },
  {
    title: "wrong token",
    send: cloudflare("/accounts/ACCOUNT/workers/scripts", {}, "w".repeat(40)),
    status: 403,
    code: 10000,
    says: /Authentication/,
  },
  {
    title: "token of the wrong form",
    send: cloudflare("/accounts/ACCOUNT/workers/scripts", {}, "short"),
    status: 400,
    code: 6003,
    says: /Invalid request headers/,
  },
  {
    title: "account not found",
    send: cloudflare(`/accounts/${"f".repeat(32)}/workers/scripts`),
    status: 403,
    code: 9109,
    says: /./,
  },
  {
    title: "secret on a Worker that is not there",
    send: cloudflare("/accounts/ACCOUNT/workers/scripts/nobody/secrets", {
      method: "PUT",
      body: JSON.stringify(secret("A", "canary")),
    }),
    status: 404,
    code: 10007,
    says: /does not exist|not found/i,
  },
  {
    title: "path that is not in the API",
    send: cloudflare("/accounts/ACCOUNT/nothing"),
    status: 404,
    code: 7000,
    says: /No route/,
  },
];

export const pulumiRows: readonly ApiRow[] = [
  {
    title: "Environment that is not there",
    send: pulumi("GET", "ENV/shop/nobody"),
    status: 404,
    code: 404,
    says: /not found/i,
  },
  {
    title: "Environment that is there already",
    send: pulumi("POST", "ENV", JSON.stringify({ project: "kept", name: "one" })),
    status: 409,
    code: 409,
    says: /already exists/,
  },
  {
    title: "Environment name with a slash",
    send: pulumi("POST", "ENV", JSON.stringify({ project: "kept", name: "../two" })),
    status: 400,
    code: 400,
    says: /name/,
  },
  {
    title: "definition that is not YAML",
    send: pulumi("PATCH", "ENV/kept/one", "values: [\n"),
    status: 400,
    code: 400,
    says: /diagnostics/,
  },
  {
    title: "definition with a missing reference",
    send: pulumi("PATCH", "ENV/kept/one", "values:\n  a: ${nobody}\n"),
    status: 400,
    code: 400,
    says: /unknown property \\"nobody\\"/,
  },
  {
    title: "definition with a cycle",
    send: pulumi("PATCH", "ENV/kept/one", "values:\n  a: ${b}\n  b: ${a}\n"),
    status: 400,
    code: 400,
    says: /cyclic reference/,
  },
  {
    title: "write over somebody else's",
    send: pulumi("PATCH", "ENV/kept/one", "values: {}\n", { etag: "old" }),
    status: 409,
    code: 409,
    says: /./,
  },
  {
    title: "body that is not JSON",
    send: pulumi("POST", "ENV", "{"),
    status: 400,
    code: 400,
    says: /not valid JSON/,
  },
  {
    title: "stack that is not there",
    send: pulumi("GET", "/api/stacks/sandbox/shop/nobody"),
    status: 404,
    code: 404,
    says: /not found/i,
  },
  {
    title: "another organization",
    send: pulumi("GET", "/api/esc/environments/other/shop/dev"),
    status: 404,
    code: 404,
    says: /./,
  },
  {
    title: "operation that is not in the sandbox",
    send: pulumi("POST", "ENV/kept/one/hooks", "{}"),
    status: 501,
    code: 501,
    says: /not in the sandbox/,
  },
  {
    title: "path that is not in the API",
    send: pulumi("GET", "/api/nothing"),
    status: 404,
    code: 404,
    says: /Not Found/,
  },
];
