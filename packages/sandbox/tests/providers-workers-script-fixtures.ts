/** One Worker script and its names: as it is declared, as the API answers for it, as it is in the state. */

export const SCRIPT = "urn:pulumi:dev::p::cloudflare:index/workersScript:WorkersScript::w";
export const SUBDOMAIN =
  "urn:pulumi:dev::p::my:Parent$cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain::s";

export const WORKER = "/client/v4/accounts/acc/workers/scripts/w";
export const SERVICE = "/client/v4/accounts/acc/workers/services/w";
export const CODE = "export default { fetch() {} }";

export const inputs = {
  accountId: "acc",
  scriptName: "w",
  content: CODE,
  mainModule: "worker.js",
  compatibilityDate: "2026-01-01",
  bindings: [
    { name: "MODE", type: "plain_text", text: "dev" },
    { name: "LIMITS", type: "json", json: '{"a":1}' },
    { name: "TOP_SECRET", type: "secret_text", text: "s3cr3t" },
  ],
};

export const script = {
  id: "w",
  etag: "e1",
  handlers: ["fetch"],
  created_on: "2026-01-01T00:00:00Z",
  modified_on: "2026-01-02T00:00:00Z",
  has_assets: false,
  has_modules: true,
  last_deployed_from: "api",
  startup_time_ms: 7,
  usage_model: "standard",
  compatibility_flags: [],
};

export const state = {
  __meta: '{"schema_version":"500"}',
  ...inputs,
  compatibilityFlags: [],
  createdOn: script.created_on,
  etag: "e1",
  handlers: ["fetch"],
  hasAssets: false,
  hasModules: true,
  id: "w",
  lastDeployedFrom: "api",
  logpush: false,
  modifiedOn: script.modified_on,
  startupTimeMs: 7,
  usageModel: "standard",
};
