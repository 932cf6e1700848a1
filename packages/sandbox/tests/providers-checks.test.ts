import assert from "node:assert/strict";
import { type Properties, UNKNOWN } from "../src/providers/properties.ts";
import { CASES } from "./providers-cloudflare-cases.ts";
import { serveConfigured } from "./providers-harness.ts";
import { inputs, SCRIPT } from "./providers-workers-script-fixtures.ts";

const VERSION = "urn:pulumi:dev::p::cloudflare:index/workerVersion:WorkerVersion::v";
const version: Properties = {
  accountId: "acc",
  workerId: "w1",
  mainModule: "w.js",
  modules: [{ name: "w.js", contentType: "application/javascript+module", contentBase64: "eA==" }],
};
const described = (type: string): readonly [urn: string, inputs: Properties] => [
  `urn:pulumi:dev::p::cloudflare:index/${type}::x`,
  CASES.find((one) => one.type === type)?.inputs ?? assert.fail(type),
];

/** The validators of the schemas of terraform-provider-cloudflare 5.22: each refuses a preview, before any call. */
const REFUSED: readonly (readonly [what: string, urn: string, inputs: Properties, failure: RegExp])[] = [
  ...[["workersScript", SCRIPT, inputs] as const, ["workerVersion", VERSION, version] as const].flatMap(
    ([name, urn, given]) =>
      (
        [
          [
            "htmlHandling",
            { assets: { jwt: "j", config: { htmlHandling: "auto" } } },
            /^assets\.config\.htmlHandling: value must be one of/,
          ],
          [
            "notFoundHandling",
            { assets: { jwt: "j", config: { notFoundHandling: "404" } } },
            /^assets\.config\.notFoundHandling: /,
          ],
          [
            "a list of numbers",
            { assets: { jwt: "j", config: { runWorkerFirst: [1] } } },
            /^assets\.config\.runWorkerFirst: .*list of strings/,
          ],
          [
            "a text",
            { assets: { jwt: "j", config: { runWorkerFirst: "true" } } },
            /^assets\.config\.runWorkerFirst: /,
          ],
          [
            "directory and jwt",
            { assets: { jwt: "j", directory: "." } },
            /^assets\.directory: .*cannot be specified/,
          ],
          ["placement", { placement: { mode: "fast" } }, /^placement\.mode: /],
          ["usageModel", { usageModel: "free" }, /^usageModel: /],
          [
            "jurisdiction",
            { bindings: [{ name: "B", type: "r2_bucket", jurisdiction: "mars" }] },
            /^bindings\[0\]\.jurisdiction: /,
          ],
          [
            "usages of a key",
            { bindings: [{ name: "K", type: "secret_key", usages: ["sign", "wash"] }] },
            /^bindings\[0\]\.usages\[1\]: /,
          ],
          [
            "format of a key",
            { bindings: [{ name: "K", type: "secret_key", format: "pem" }] },
            /^bindings\[0\]\.format: /,
          ],
        ] as const
      ).map(([what, more, failure]) => [`${name}: ${what}`, urn, { ...given, ...more }, failure] as const),
  ),
  (([urn, given]) =>
    ["workflow: limits.steps", urn, { ...given, limits: { steps: 0 } }, /^limits\.steps: /] as const)(
    described("workflow:Workflow"),
  ),
  (([urn, given]) =>
    [
      "worker: propagationPolicy",
      urn,
      { ...given, observability: { traces: { propagationPolicy: "no" } } },
      /^observability\.traces\.propagationPolicy: /,
    ] as const)(described("worker:Worker")),
];

const TAKEN: readonly (readonly [what: string, inputs: Properties])[] = [
  ["a boolean", { ...inputs, assets: { jwt: "j", config: { runWorkerFirst: true } } }],
  ["a list of paths", { ...inputs, assets: { jwt: "j", config: { runWorkerFirst: ["/api/*", "!/x"] } } }],
  ["a value that is not known yet", { ...inputs, assets: { jwt: "j", config: { runWorkerFirst: UNKNOWN } } }],
  ["another case", { ...inputs, usageModel: "Standard", placement: { mode: "SMART" } }],
];

describe("stand-in for cloudflare: what the real plugin refuses in a preview", () => {
  const { recorder, provider } = serveConfigured("cloudflare");

  for (const [what, urn, given, failure] of REFUSED) {
    it(`refuses ${what}`, async () => {
      recorder.reset({});
      const { failures } = await provider.check(urn, given);
      assert.equal(failures.length, 1, failures.join("\n"));
      assert.match(failures[0] ?? "", failure);
      assert.deepEqual(recorder.calls, []);
    });
  }

  for (const [what, given] of TAKEN) {
    it(`takes ${what}`, async () => {
      assert.deepEqual((await provider.check(SCRIPT, given)).failures, []);
    });
  }
});
