import { gzipSync } from "node:zlib";
import type { Random } from "../../../esc/tests/differential/random.ts";
import { formatForm } from "../../src/cloudflare/multipart.ts";
import { mutateBytes, mutateJsonText } from "./mutate.ts";

/** Where the requests of a run go. */
export interface Places {
  readonly pulumi: string;
  readonly cloudflare: string;
  readonly userToken: string;
  readonly cloudflareToken: string;
  /** Running updates, each with its own token: one keeps whole checkpoints, the other a journal. */
  readonly checkpoints: { readonly url: string; readonly token: string };
  readonly journal: { readonly url: string; readonly token: string };
}

export interface Attack {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Makes one damaged request out of valid ones. */
export type Target = (random: Random, places: Places) => Attack;

const MERGE_PATCH = { "content-type": "application/merge-patch+json" };
const JSON_BODY = { "content-type": "application/json" };

const CODE = "export default { fetch() { return new Response('ok'); } };";
const METADATA = {
  main_module: "index.js",
  compatibility_date: "2026-10-01",
  bindings: [
    { type: "secret_text", name: "A", text: "canary" },
    { type: "plain_text", name: "B", text: "b" },
  ],
  tags: ["one"],
  placement: { mode: "smart" },
  migrations: { new_tag: "v1", steps: [{ new_sqlite_classes: ["Room"] }] },
};

const form = (name: string, metadata: object, boundary: string) =>
  formatForm(
    [
      part(name, undefined, "application/json", JSON.stringify(metadata)),
      part("index.js", "index.js", "application/javascript+module", CODE),
      part("note.txt", "note.txt", "text/plain", "hello"),
    ],
    boundary,
  );

function part(name: string, filename: string | undefined, type: string, text: string) {
  return { name, filename, type, bytes: Buffer.from(text) };
}

const BOUNDARY = "----fuzz0123456789";
const CONTENT_TYPES = [
  `multipart/form-data; boundary=${BOUNDARY}`,
  `multipart/form-data; boundary="${BOUNDARY}"`,
  `Multipart/Form-Data ; charset=utf-8; boundary=${BOUNDARY}`,
  `multipart/form-data; boundary=${BOUNDARY}x`,
  "multipart/form-data; boundary=-",
  'multipart/form-data; boundary=""',
  "multipart/form-data",
  `multipart/mixed; boundary=${BOUNDARY}`,
  "application/javascript",
];

/** Scripts, versions and settings come as forms. */
const multipart: Target = (random, { cloudflare, cloudflareToken }) => {
  const { url, method, metadata } = random.pick([
    { url: "/workers/scripts/fuzz", method: "PUT", metadata: METADATA },
    { url: "/workers/scripts/fuzz/versions", method: "POST", metadata: METADATA },
    { url: "/workers/scripts/fuzz/settings", method: "PATCH", metadata: { bindings: METADATA.bindings } },
  ]);
  const text = random.oneIn(2) ? metadata : JSON.parse(safeJson(metadata, random));
  const type = random.oneIn(3) ? random.pick(CONTENT_TYPES) : (CONTENT_TYPES[0] ?? "");
  return {
    method,
    url: cloudflare + url,
    headers: { authorization: `Bearer ${cloudflareToken}`, "content-type": type },
    body: mutateBytes(form(url.endsWith("/settings") ? "settings" : "metadata", text, BOUNDARY), random),
  };
};

/** Changed JSON that is JSON still. */
function safeJson(value: object, random: Random): string {
  const changed = mutateJsonText(JSON.stringify(value), random).toString("utf8");
  try {
    JSON.parse(changed);
    return changed;
  } catch {
    return JSON.stringify(value);
  }
}

const DEFINITIONS = [
  `imports:\n  - fuzz/other: {merge: false}\nvalues:\n  environmentVariables:\n    A: {fn::secret: canary}\n    B: "\${imports[\\"fuzz/other\\"].x}"\n  pulumiConfig:\n    p:size: 3\n    p:text: \${environmentVariables.A}-\${environmentVariables.B}\n`,
  "values:\n  a: &x {b: [1, 0x10, 0o7, 1.50, 'it''s', \"\\u00e9\"]}\n  c: *x\n  d:\n    fn::join: [',', [a, b]]\n  e:\n    fn::toBase64: {fn::toJSON: \"${a}\"}\n  f: |\n    text\n      more\n  g: >-\n    folded\n    text\n",
  'values:\n  list: [{fn::fromJSON: \'{"a": [1]}\'}]\n  first: ${list[0].a[0]}\n  secret:\n    fn::secret:\n      ciphertext: ZXNjeAAAAAEAAAEAHjB9zY\n  conv: {fn::toString: "${first}"}\n',
];

/** Definitions of Environments: stored, checked and opened. */
const yaml: Target = (random, { pulumi, userToken }) => {
  const [method, path] = random.pick([
    ["PATCH", "/fuzz/one"],
    ["POST", "/yaml/open"],
    ["POST", "/yaml/check"],
    ["POST", "/fuzz/one/check"],
  ] as const);
  return {
    method,
    url: `${pulumi}/api/esc/environments/sandbox${path}`,
    headers: { authorization: `token ${userToken}`, "content-type": "application/x-yaml" },
    body: mutateBytes(Buffer.from(random.pick(DEFINITIONS)), random),
  };
};

/** JSON merge patches: versions, secrets in bulk, Workers, deployment settings. */
const mergePatch: Target = (random, { cloudflare, cloudflareToken, pulumi, userToken }) => {
  const secrets = { A: { type: "secret_text", text: "canary", name: "A" }, B: null };
  const { url, text } = random.pick([
    {
      url: `${cloudflare}/workers/workers/fuzz/versions/latest`,
      text: { env: secrets, annotations: { "workers/message": "m" } },
    },
    { url: `${cloudflare}/workers/scripts/fuzz/secrets-bulk`, text: { secrets } },
    {
      url: `${cloudflare}/workers/workers/fuzz`,
      text: { tags: ["a"], logpush: false, observability: { enabled: true, logs: null } },
    },
    {
      url: `${pulumi}/api/stacks/sandbox/fuzz/settings/deployments/settings`,
      text: {
        sourceContext: { git: { repoUrl: "https://example.test/r.git", branch: "main" } },
        operationContext: { environmentVariables: { A: { secret: "canary" }, B: "b" }, options: null },
      },
    },
  ]);
  const isCloudflare = url.startsWith(cloudflare);
  return {
    method: url.endsWith("/settings") ? "POST" : "PATCH",
    url,
    headers: {
      authorization: isCloudflare ? `Bearer ${cloudflareToken}` : `token ${userToken}`,
      ...(isCloudflare ? MERGE_PATCH : JSON_BODY),
    },
    body: mutateJsonText(JSON.stringify(text), random),
  };
};

const URN = (name: string) => `urn:pulumi:journal::fuzz::testing:index:Thing::${name}`;
const resource = (name: string, more: object = {}) => ({
  urn: URN(name),
  custom: true,
  id: name,
  type: "testing:index:Thing",
  inputs: {
    value: 1,
    secret: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "x" },
  },
  outputs: { value: 1 },
  dependencies: [],
  ...more,
});
const DEPLOYMENT = {
  manifest: { time: "2026-11-01T00:00:00Z", magic: "x", version: "v3.259.0" },
  secrets_providers: {
    type: "service",
    state: { url: "http://127.0.0.1:1", owner: "a", project: "b", stack: "c" },
  },
  resources: [
    resource("a"),
    resource("b", {
      parent: URN("a"),
      dependencies: [URN("a")],
      propertyDependencies: { value: [URN("a")] },
    }),
  ],
  pending_operations: [{ resource: resource("c"), type: "creating" }],
  metadata: {},
};

/** Whole states, also packed, and numbered ones. */
const checkpoint: Target = (random, { checkpoints }) => {
  const verbatim = random.oneIn(2);
  const untyped = { version: 3, deployment: DEPLOYMENT, features: [] };
  const text = JSON.stringify(
    verbatim ? { version: 1, sequenceNumber: 1, untypedDeployment: untyped } : untyped,
  );
  const body = mutateJsonText(text, random);
  const packed = random.oneIn(3);
  const bytes = packed ? gzipSync(body) : body;
  return {
    method: "PATCH",
    url: `${checkpoints.url}/${verbatim ? "checkpointverbatim" : "checkpoint"}`,
    headers: {
      authorization: `update-token ${checkpoints.token}`,
      ...JSON_BODY,
      ...(packed ? { "content-encoding": "gzip" } : {}),
    },
    body: packed && random.oneIn(4) ? mutateBytes(bytes, random) : bytes,
  };
};

const ENTRIES = [
  {
    version: 1,
    kind: 0,
    sequenceID: 1,
    operationID: 1,
    removeOld: null,
    operation: { resource: resource("a"), type: "creating" },
  },
  { version: 1, kind: 1, sequenceID: 2, operationID: 1, removeNew: null, state: resource("a") },
  { version: 1, kind: 0, sequenceID: 3, operationID: 2 },
  {
    version: 1,
    kind: 1,
    sequenceID: 4,
    operationID: 2,
    deleteOld: 0,
    removeNew: 1,
    state: resource("b", { aliases: [URN("a")] }),
  },
  { version: 1, kind: 2, sequenceID: 5, operationID: 3 },
  { version: 1, kind: 3, sequenceID: 6, operationID: 4, removeOld: 0, state: resource("a"), isRefresh: true },
  {
    version: 1,
    kind: 4,
    sequenceID: 7,
    operationID: 5,
    removeNew: 1,
    state: resource("a", { outputs: { a: 1 } }),
  },
  { version: 1, kind: 5, sequenceID: 8, operationID: 0, newSnapshot: DEPLOYMENT },
  { version: 1, kind: 6, sequenceID: 9, operationID: 0, secretsProvider: { type: "service" } },
  { version: 1, kind: 7, sequenceID: 10, operationID: 0 },
  { version: 1, kind: 8, sequenceID: 11, operationID: 0, extensionRef: "x", extension: { a: 1 } },
  { version: 1, kind: 9, sequenceID: 12, operationID: 0, snippets: [{ a: 1 }] },
];

const journal: Target = (random, places) => {
  const entries = random.times(1 + random.below(6), () => ({
    ...random.pick(ENTRIES),
    sequenceID: 1 + random.below(40),
  }));
  return {
    method: "PATCH",
    url: `${places.journal.url}/journalentries`,
    headers: { authorization: `update-token ${places.journal.token}`, ...JSON_BODY },
    body: mutateJsonText(JSON.stringify({ entries }), random),
  };
};

export const TARGETS: Readonly<Record<string, Target>> = { multipart, yaml, mergePatch, checkpoint, journal };
