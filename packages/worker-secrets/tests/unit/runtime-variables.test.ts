import assert from "node:assert/strict";
import { hostFault } from "../../src/api/worlds.ts";
import type { Fault } from "../../src/faults.ts";
import { defineEnvironment } from "../../src/program/definition.ts";
import { readEndpoints } from "../../src/program/endpoints.ts";
import { environmentNames } from "../../src/program/names.ts";
import {
  forbiddenVariable,
  hasVariablesFromElsewhere,
  variableFaults,
  variablesIn,
  variablesSetBy,
} from "../../src/program/runtime-variables.ts";

const FORBIDDEN =
  `NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED NODE_REPL_EXTERNAL_MODULE node_options
  TS_NODE_PROJECT PYTHONPATH PYTHONSTARTUP PERL5OPT PERL5LIB RUBYOPT JAVA_TOOL_OPTIONS GODEBUG GOPROXY ESBUILD_BINARY_PATH
  LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT DYLD_INSERT_LIBRARIES PATH Path PATHEXT SHELL COMSPEC BASH_ENV BASH_FUNC_X EDITOR PAGER
  HOME USERPROFILE APPDATA XDG_CONFIG_HOME TMPDIR npm_config_registry NPM_CONFIG_USERCONFIG GIT_SSH_COMMAND GIT_CONFIG_COUNT
  HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY https_proxy SSL_CERT_FILE SSL_CERT_DIR SSLKEYLOGFILE OPENSSL_CONF CURL_CA_BUNDLE
  REQUESTS_CA_BUNDLE AWS_CA_BUNDLE CLOUDFLARE_BASE_URL CLOUDFLARE_API_BASE_URL CF_API_BASE_URL WRANGLER_API_ENVIRONMENT
  PULUMI_API PULUMI_BACKEND_URL PULUMI_HOME PULUMI_CREDENTIALS_PATH PULUMI_DEBUG_PROVIDERS PULUMI_RUNTIME_VIRTUALENV
  PULUMI_STACK WORKER_SECRETS_HOSTS WORKER_SECRETS_ENGINE`.split(/\s+/);

const TAKEN =
  `CLOUDFLARE_ACCOUNT_ID CLOUDFLARE_API_TOKEN AWS_REGION AWS_ACCESS_KEY_ID DATABASE_URL NODE_ENV PULUMI_ACCESS_TOKEN
  PULUMI_CONFIG_PASSPHRASE GIT_SHA STRIPE_API_KEY ENV MY_PATH PROXY_KEY`.split(/\s+/);

describe("the variables of an Environment", () => {
  it(`must not be one of ${FORBIDDEN.length} that change what runs or who is asked`, () => {
    for (const name of FORBIDDEN) assert.ok(forbiddenVariable(name), name);
  });

  it("may be any other", () => {
    for (const name of TAKEN) assert.equal(forbiddenVariable(name), undefined, name);
  });

  it("are found in a stored text, among its files too, and in opened values", () => {
    const yaml =
      "values:\n  environmentVariables: { NODE_OPTIONS: x, AWS_REGION: y }\n  files: { SSL_CERT_FILE: z }\n";
    assert.deepEqual(
      variableFaults(variablesSetBy(yaml), "Environment shop/dev").map(({ what }) => what.split(":")[0]),
      ["it sets the variable NODE_OPTIONS", "it sets the variable SSL_CERT_FILE"],
    );
    for (const text of [
      undefined,
      "",
      ": {",
      "values: 1",
      "values: { environmentVariables: [NODE_OPTIONS] }",
    ])
      assert.deepEqual(variableFaults(variablesSetBy(text), "e"), []);
    assert.deepEqual(variablesIn({ environmentVariables: { A: "1" }, files: { B: "2" } }), ["A", "B"]);
    assert.deepEqual(variablesIn({}), []);
  });

  it("may come from elsewhere than the definition's own text", () => {
    for (const text of [
      "imports: [a/b]\nvalues: {}",
      "imports: [{a/b: {merge: true}}]",
      "imports: [{a/b: {}}]",
      "imports: [{a/b: {merge: false}}]\nvalues: {environmentVariables: '${imports[\"a/b\"].x}'}",
      "values: {environmentVariables: {fn::open::x: {}}}",
      "values: {files: '${x}'}",
      ": {",
    ])
      assert.equal(hasVariablesFromElsewhere(text), true, text);
    for (const text of [
      "",
      "imports: [{a/b: {merge: false}}]\nvalues: {environmentVariables: {A: '${x}'}}",
      undefined,
    ])
      assert.equal(hasVariablesFromElsewhere(text), false, text);
  });

  it("are none of these in our own definition", () => {
    const { yaml } = defineEnvironment({ names: environmentNames("shop", "dev"), scripts: ["a"] });
    assert.equal(variablesSetBy(yaml).length, 2);
    assert.deepEqual(variableFaults(variablesSetBy(yaml), "e"), []);
    assert.equal(hasVariablesFromElsewhere(yaml), false);
  });
});

describe("the hosts of the real services", () => {
  const HOSTS: readonly (readonly [url: string, own: string | undefined, taken: boolean])[] = [
    ["https://api.pulumi.com", undefined, true],
    ["https://api.cloudflare.com/client/v4", undefined, true],
    ["http://127.0.0.1:1/client/v4", undefined, true],
    ["http://localhost:1", undefined, true],
    ["http://api.cloudflare.com/client/v4", undefined, false],
    ["https://api.cloudflare.com.attacker.example", undefined, false],
    ["https://api.cloudflare.com:8443", undefined, false],
    ["https://api.cloudflare.com@attacker.example", undefined, false],
    ["https://user:password@api.pulumi.com", undefined, false],
    ["https://127.0.0.1.attacker.example", undefined, false],
    ["https://attacker.example", undefined, false],
    ["https://pulumi.corp.example", "pulumi.corp.example", true],
    ["https://pulumi.corp.example", "a.example, pulumi.corp.example", true],
    ["http://pulumi.corp.example", "pulumi.corp.example", false],
    ["https://x.pulumi.corp.example", "pulumi.corp.example", false],
  ];
  for (const [url, own, taken] of HOSTS)
    it(`${taken ? "are" : "are not"} ${url}${own === undefined ? "" : ` where ${own} is named`}`, () => {
      assert.equal(hostFault(new URL(url), own) === undefined, taken);
    });

  it("are checked before a program calls one, and the address is not repeated", () => {
    const faults: Fault[] = [];
    const env = {
      PULUMI_ACCESS_TOKEN: "pul-0",
      CLOUDFLARE_API_TOKEN: "a".repeat(40),
      CLOUDFLARE_BASE_URL: "https://user:canary@attacker.example",
    };
    assert.equal(readEndpoints(env, "e", faults), undefined);
    assert.equal(faults.length, 1);
    assert.doesNotMatch(JSON.stringify(faults), /canary/);
  });
});
