import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { declared } from "../../../../tests/helpers/declared.ts";
import { generateValue, wantedSecret } from "../../src/cli/commands/rotate/input.ts";
import { environmentNames } from "../../src/program/names.ts";
import { formFault, type SecretForm } from "../../src/program/secret-forms.ts";
import { checkValues, valueFault } from "../../src/program/values.ts";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const PEM = String(privateKey.export({ type: "pkcs8", format: "pem" }));
const CHAIN = `${PEM}${String(publicKey.export({ type: "spki", format: "pem" }))}`;
const ENCRYPTED = String(
  generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({
    type: "pkcs1",
    format: "pem",
    cipher: "aes-128-cbc",
    passphrase: "x",
  }),
);

describe("declared forms of values", () => {
  const taken: readonly [form: SecretForm, ...values: string[]][] = [
    [{}, "x", "change", "xx", "todo list", "none of it", "<a> <b>", "your"],
    [{ minLength: 3, maxLength: 4 }, "abc", "abcd", "🔑🔑🔑🔑"],
    [{ pattern: "^sk_live_" }, "sk_live_1"],
    [{ pattern: "live" }, "sk_live_1"],
    [{ format: "pem" }, PEM, PEM.trim(), PEM.replaceAll("\n", "\r\n"), CHAIN, ENCRYPTED],
    [{ format: "json" }, "{}", '"a"', "[1]"],
    [{ format: "uuid" }, "0B3E6c6e-9d2a-4f7b-8a51-0123456789ab"],
    [{ format: "url" }, "https://a.example/b", "postgres://u:p@db:5432/x?ssl=1"],
    [{ allowPlaceholder: true }, "changeme", "xxx", "<token>"],
  ];
  for (const [form, ...values] of taken)
    it(`take what has the form ${JSON.stringify(form)}`, () => {
      for (const value of values) assert.equal(formFault("A", value, [form]), undefined);
    });

  const refused: readonly [form: SecretForm, said: string, ...values: string[]][] = [
    [{ minLength: 32 }, "'A' has 14 characters; at least 32 are declared", "hunter2hunter2"],
    [{ minLength: 2 }, "'A' has 1 characters; at least 2 are declared", "🔑"],
    [{ maxLength: 3 }, "'A' has 7 characters; at most 3 are declared", "hunter2"],
    [{ pattern: "^sk_" }, "'A' does not match the declared pattern ^sk_", "hunter2"],
    [
      { format: "pem" },
      "'A' is not PEM (whole blocks from BEGIN to END, with real line ends)",
      "hunter2",
      PEM.slice(0, 80),
      PEM.replaceAll("\n", "\\n"),
      `${PEM}hunter2`,
      PEM.replace("END PRIVATE", "END PUBLIC"),
      "-----BEGIN X-----\n-----END X-----\n",
    ],
    [{ format: "json" }, "'A' is not valid JSON", "{hunter2}", "{'a': 1}"],
    [{ format: "uuid" }, "'A' is not a UUID", "hunter2", "0b3e6c6e9d2a4f7b8a510123456789ab"],
    [
      { format: "url" },
      "'A' is not a URL (SCHEME://…)",
      "hunter2",
      "mailto:hunter2",
      "https://",
      "https://a b",
    ],
    [
      {},
      "'A' is a placeholder, as examples show it instead of a value",
      "changeme",
      "CHANGE_ME",
      " change-me\n",
      "replace-this",
      "xxx",
      "XXXXXXXX",
      "<your key>",
      "<secret>",
      "…",
      "...",
      "****",
      "todo",
      "TBD",
      "your-api-key",
      "YOUR_API_KEY_HERE",
      "my-secret",
      "[secret]",
      "[REDACTED]",
      "undefined",
      "null",
    ],
  ];
  for (const [form, said, ...values] of refused)
    it(`refuse, without the value: ${said} ${JSON.stringify(form)}`, () => {
      for (const value of values) {
        assert.equal(formFault("A", value, [form]), said);
        // The one function of init, rotate, dev and the program.
        assert.equal(valueFault("A", value, [{}, form]), said);
      }
    });

  it("are those of every Worker that gets the value, in what dev and the program check", () => {
    const web = declared("web", ["A", "B"], { secretForms: new Map([["A", { minLength: 5 }]]) });
    const api = declared("api", ["A"], { secretForms: new Map([["A", { pattern: "^a" }]]) });
    const settings = { names: environmentNames("shop", "dev"), workers: [web, api] };
    const { faults, values } = checkValues(settings, {
      environmentVariables: { A: "bbb", B: "bbb" },
      workers: { api: { A: "abc" } },
    });
    assert.deepEqual(
      faults.map(({ where, what }) => `${where}: ${what}`),
      ["Environment shop/dev-secrets, environmentVariables.A: 'A' has 3 characters; at least 5 are declared"],
    );
    assert.deepEqual([...(values.get("api") ?? [])], [["A", "abc"]]);
  });

  it("are kept by a generated key, or nothing is generated", () => {
    assert.match(generateValue(wantedSecret("A", [{ minLength: 43, maxLength: 43 }])), /^[\w-]{43}$/);
    assert.throws(
      () => generateValue(wantedSecret("A", [{ format: "uuid" }])),
      /--generate A: a generated key has 43 characters of base64url, and that is not the declared form: 'A' is not a UUID/,
    );
  });
});
