import assert from "node:assert/strict";
import pb from "@pulumi/pulumi/proto/analyzer_pb.js";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { secretName, secretText } from "../../src/policy/looks-secret.ts";
import type { Resource } from "../../src/policy/rule.ts";
import { rules } from "../../src/policy/rules.ts";
import { runOf } from "../../src/policy/run-facts.ts";
import {
  ENVIRONMENT,
  KV,
  list,
  passing,
  run,
  SCRIPT,
  SUBDOMAIN,
  type Violation,
  violations,
} from "./cases.ts";
import { registeredByProgram, SECRETS } from "./registered.ts";

describe("policies over what the program registers", () => {
  const root = tempFolder();
  let program: Resource[];
  before(async () => {
    program = await registeredByProgram(root);
  });

  const resourceOf = ({ type, name, change, protect }: Omit<Violation, "said">): Resource => {
    const own = program.find((resource) => resource.type === type);
    const base = own ?? { type, name: "added", protect: true, inputs: {} };
    const inputs = change === undefined ? base.inputs : change(base.inputs, root);
    return {
      ...base,
      ...(name === undefined ? {} : { name }),
      inputs,
      ...(protect === undefined ? {} : { protect }),
    };
  };
  const found = async (given: Omit<Violation, "said">): Promise<string[]> => {
    const rule = rules.find(({ name }) => name === given.rule);
    assert.ok(rule !== undefined, given.rule);
    assert.ok(rule.applies(given.type), `${given.rule} does not look at ${given.type}`);
    const defaults = Object.fromEntries(
      Object.entries(rule.options ?? {}).map(([name, option]) => [name, option.default]),
    );
    return rule.check(resourceOf(given), { ...run, ...given.run }, { ...defaults, ...given.options });
  };

  it("the program is one that every kind of rule can look at", () => {
    const types = new Set(program.map(({ type }) => type));
    for (const type of [SCRIPT, SUBDOMAIN, KV, ENVIRONMENT]) assert.ok(types.has(type), type);
    const script = program.find(({ type }) => type === SCRIPT);
    assert.deepEqual(
      list(script?.inputs.bindings).map((binding) => Object(binding).type),
      ["secret_text", "kv_namespace", "plain_text", "secret_text"],
    );
  });

  for (const rule of rules) {
    it(`${rule.name}: the program passes`, async () => {
      const faults = await Promise.all(
        program
          .filter(({ type }) => rule.applies(type))
          .map((resource) => rule.check(resource, run, { stacks: ["prod"] })),
      );
      assert.deepEqual(faults.flat(), []);
    });
    it(`${rule.name}: has a case that it refuses`, () => {
      assert.ok(violations.some((violation) => violation.rule === rule.name));
    });
  }

  for (const violation of violations) {
    it(`${violation.rule} refuses ${violation.what}`, async () => {
      const faults = (await found(violation)).join("\n");
      assert.match(faults, violation.said);
      for (const secret of [...Object.values(SECRETS), "hunter2", "AKIA", "ghp_"])
        assert.ok(!faults.includes(secret), "a value is in the message");
    });
  }
  for (const pass of passing) {
    it(`${pass.rule} lets pass ${pass.what}`, async () => assert.deepEqual(await found(pass), []));
  }
});

describe("policies: what looks like a secret", () => {
  it("by its name", () => {
    for (const name of "API_TOKEN dbPassword JWT_SECRET SIGNING_KEY apiKey STRIPE_SECRET_KEY SENTRY_DSN api-keys".split(
      " ",
    ))
      assert.equal(secretName(name), true, name);
    for (const name of "GREETING PUBLIC_KEY KEYBOARD TOKEN_URL MONKEY SECRET_NAME PASSWORD_MIN_LENGTH CACHE_KEY".split(
      " ",
    ))
      assert.equal(secretName(name), false, name);
  });

  it("by its text", () => {
    const secret = [
      "-----BEGIN EC PRIVATE KEY-----\nabc",
      "postgres://user:pass@db.example/x",
      "Zk3Jq8Lw0Xn5Tb7Rv2Yc9Mf4Hd6Gs1Pa8Ku3We",
      "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0x.c2lnbmF0dXJl",
    ];
    for (const text of secret) assert.notEqual(secretText(text), undefined, text);
    const open = [
      "Hello from a Worker whose secrets come out of Pulumi ESC.",
      "0123456789abcdef0123456789abcdef01234567",
      "7c9e6679-7425-40de-944b-e07fc1f90ae7",
      "https://example.com/a/very/long/path/Without/Any/Secret/InIt/2026",
      "postgres://db.example/x?user=${user}",
    ];
    for (const text of open) assert.equal(secretText(text), undefined, text);
  });
});

describe("policies: what the engine tells of the run", () => {
  it("is the stack, its config, and every text of the secret config that is long enough", () => {
    const request = new pb.AnalyzerStackConfigureRequest().setProject("shop").setStack("dev");
    const tree = { environmentVariables: { A: "first-secret", B: 'with "quotes"', C: "short" } };
    request
      .getConfigMap()
      .set("worker-secrets:secrets", JSON.stringify(tree))
      .set("worker-secrets:prod", "true");
    request.getConfigMap().set("shop:single", "a-single-secret");
    request.setConfigSecretKeysList(["worker-secrets:secrets", "shop:single"]);
    const { project, stack, config, secretValues } = runOf(request);
    assert.deepEqual([project, stack, config.get("worker-secrets:prod")], ["shop", "dev", "true"]);
    assert.deepEqual([...secretValues].sort(), ["a-single-secret", "first-secret", 'with "quotes"']);
  });
});
