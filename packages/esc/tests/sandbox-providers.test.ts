import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createCaller } from "../../sandbox/src/pulumi/environments/adapter.ts";
import { Outcalls } from "../../sandbox/src/pulumi/environments/outcalls.ts";
import { createProviders } from "../../sandbox/src/pulumi/environments/providers.ts";
import { faultsOf, run, valuesOf } from "./harness.ts";

const catalogue = {
  open:
    "aws-login azure-login doppler-login gcp-login gh-login infisical-login snowflake-login vault-login " +
    "1password-secrets aws-parameter-store aws-secrets azure-secrets doppler-secrets gcp-secrets " +
    "infisical-secrets pulumi-stacks terraform-state vault-secrets",
  rotate: "aws-iam azure-app-secret mysql postgres snowflake-user",
};

describe("ESC providers of the sandbox", () => {
  const providers = createProviders(undefined);

  for (const [kind, names] of Object.entries(catalogue)) {
    for (const name of names.split(" ")) {
      it(`fn::${kind}::${name} may be written, and says that it is not in the sandbox`, () => {
        const state = kind === "rotate" ? "{inputs: {}, state: {a: b}}" : "{a: b}";
        const text = `values:\n  x: {fn::${kind}::${name}: ${state}}\n`;
        assert.deepEqual(faultsOf(run(text, { providers, mode: "check" })), []);
        const what = kind === "open" ? "provider" : "rotator";
        const [fault = ""] = faultsOf(run(text, { providers }));
        assert.match(fault, new RegExp(`error: ${what} "${name}" is not in the sandbox`));
      });
    }
  }

  const renewed = (name: string, inputs: string, state = "null") => {
    const text = `values:\n  x: {fn::rotate::${name}: {inputs: ${inputs}${state === "null" ? "" : `, state: ${state}`}}}\n`;
    const result = run(text, { providers, rotate: [] });
    const { x } = valuesOf(result.environment) as { x: { current: string; previous?: string } };
    return { x, result };
  };

  it("makes passwords as the inputs say", () => {
    for (let i = 0; i < 50; i++) {
      const { x } = renewed(
        "password",
        "{length: 15, minLower: 2, minUpper: 3, minSpecial: 5, overrideSpecial: '!?'}",
      );
      const count = (of: RegExp) => x.current.match(of)?.length ?? 0;
      assert.equal(x.current.length, 15);
      assert.ok(count(/[a-z]/g) >= 2 && count(/[A-Z]/g) >= 3 && count(/[!?]/g) >= 5, "the minimums hold");
      assert.match(x.current, /^[a-zA-Z!?]*$/);
    }
    assert.match(renewed("password", "{special: false, upper: false}").x.current, /^[a-z]{16}$/);
    assert.notEqual(renewed("password", "{}").x.current, renewed("password", "{}").x.current);
  });

  it("makes passphrases as the inputs say", () => {
    const { x } = renewed("passphrase", "{separator: '%', capitalize: true, length: 4}");
    assert.match(x.current, /^[A-Z][a-z]{5}(%[A-Z][a-z]{5}){3}$/);
    assert.match(renewed("passphrase", "{}").x.current, /^[a-z]{6}(-[a-z]{6}){4}$/);
  });

  it("keeps the secret before, all of it secret", () => {
    const { x, result } = renewed("password", "{}", "{current: {fn::secret: old}}");
    assert.equal(x.previous, "old");
    assert.deepEqual(valuesOf(result.environment, true), {
      x: { current: "[secret]", previous: "[secret]" },
    });
    const [rotation] = result.rotations;
    assert.deepEqual(
      [rotation?.status, rotation?.patch?.path],
      ["succeeded", 'values.x["fn::rotate::password"].state'],
    );
  });

  for (const [name, inputs, said] of [
    ["password", "{length: 3, minLower: 4}", /4 characters are asked for, and the length is 3/],
    ["password", "{lower: false, upper: false, special: false}", /no character is allowed/],
    ["password", "{lower: false, minLower: 1}", /not allowed/],
    ["password", "{length: 100000}", /at most 1024|maximum|less than/],
    ["passphrase", "{length: 2}", /3/],
    ["passphrase", "{separator: ab}", /1/],
  ] as const) {
    it(`refuses ${name} ${inputs}`, () => {
      const faults = faultsOf(
        run(`values:\n  x: {fn::rotate::${name}: {inputs: ${inputs}}}\n`, { providers, rotate: [] }),
      );
      assert.match(faults.join("\n"), said);
    });
  }

  const settle = async (text: string) => {
    const calls = new Outcalls();
    let made = 0;
    const result = await calls.settle(
      () => run(text, { providers: createProviders(calls) }),
      async ({ body }) => {
        made++;
        return { json: { n: made, body } };
      },
    );
    return { result, made };
  };
  const call = (request: string) =>
    `{fn::open::external: {url: http://127.0.0.1:1/, request: {r: ${request}}}}`;

  it("waits for an adapter no longer than its limit, whether it says nothing or does not end", async () => {
    for (const begins of [false, true]) {
      const silent = createServer((_, response) => {
        if (begins) response.write('{"half": ');
      });
      await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
      try {
        const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
        const caller = createCaller(() => "token", 200);
        const names = { rootEnvironment: "p/e", currentEnvironment: "p/e" };
        assert.deepEqual(await caller({ url, body: "{}", ...names }), {
          error: "external: the adapter did not answer within 0.2 seconds",
        });
      } finally {
        silent.closeAllConnections();
        await new Promise((resolve) => silent.close(resolve));
      }
    }
  });

  it("makes a hundred calls and not one more", async () => {
    const keys = (count: number) =>
      `values:\n${Array.from({ length: count }, (_, i) => `  k${i}: ${call(String(i))}\n`).join("")}`;
    const enough = await settle(keys(100));
    assert.deepEqual([enough.made, faultsOf(enough.result)], [100, []]);
    const tooMany = await settle(keys(101));
    assert.equal(tooMany.made, 0);
    assert.equal(faultsOf(tooMany.result).length, 101);
    assert.match(faultsOf(tooMany.result)[0] ?? "", /external: more than 100 calls, or 20 one after another/);
  });

  it("makes twenty calls one after another and not one more", async () => {
    const chain = (count: number) =>
      `values:\n  k0: ${call("0")}\n${Array.from({ length: count - 1 }, (_, i) => `  k${i + 1}: ${call(`"\${k${i}.response.n}"`)}\n`).join("")}`;
    const enough = await settle(chain(20));
    assert.deepEqual([enough.made, faultsOf(enough.result)], [20, []]);
    const tooMany = await settle(chain(21));
    assert.equal(tooMany.made, 20);
    assert.match(
      faultsOf(tooMany.result).join("\n"),
      /external: more than 100 calls, or 20 one after another/,
    );
  });
});
