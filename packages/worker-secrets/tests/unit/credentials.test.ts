import assert from "node:assert/strict";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { format, inspect } from "node:util";
import { tempFolder } from "../../../../tests/helpers/temp.ts";
import { cloudflareClient } from "../../src/api/cloudflare.ts";
import { verifyToken } from "../../src/api/cloudflare-token.ts";
import { accountTokens } from "../../src/api/cloudflare-tokens.ts";
import { bearer, credentialFault, pulumiToken } from "../../src/api/credential.ts";
import { send } from "../../src/api/http.ts";
import { pulumiClient } from "../../src/api/pulumi.ts";
import { environmentsOf } from "../../src/api/pulumi-catalog.ts";
import { pulumiHistory } from "../../src/api/pulumi-history.ts";
import { gitHubOf } from "../../src/cli/ci/github.ts";
import { platformTokens } from "../../src/cli/commands/rotate/platform-token.ts";
import { deployAccount } from "../../src/cli/project/access.ts";
import { readLogin } from "../../src/cli/project/login.ts";
import type { Target } from "../../src/cli/project/target.ts";
import { deployFault } from "../../src/cli/project/values/slots.ts";
import type { Fault } from "../../src/faults.ts";
import { readEndpoints, readPulumiEndpoint } from "../../src/program/endpoints.ts";

const MARK = "canary-1f3a9";
/** No header can hold them, or not as they are. */
const UNSAFE: Readonly<Record<string, string>> = {
  "a CR": `${MARK}\r${MARK}`,
  "an LF": `${MARK}\n${MARK}`,
  "a CR LF and a header": `${MARK}\r\nx-forged: ${MARK}`,
  "an LF at its end": `${MARK}\n`,
  "a TAB": `${MARK}\t${MARK}`,
  "a NUL": `${MARK}\0${MARK}`,
  "blanks inside": `${MARK} ${MARK}`,
  "blanks around": `  ${MARK}  `,
  "non-ASCII text": `${MARK}ü${MARK}`,
  "text beyond Latin 1": `${MARK}✓${MARK}`,
  DEL: `${MARK}\x7f`,
  "64 KB": MARK + "a".repeat(64 * 1024),
};

describe("a credential", () => {
  const home = tempFolder();
  let server: Server;
  let url: string;
  let asked = 0;
  before(async () => {
    server = createServer((_, answer) => {
      asked++;
      answer.writeHead(500).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server?.close());

  const collected = (read: (faults: Fault[]) => unknown) => {
    const faults: Fault[] = [];
    read(faults);
    throw new Error(faults.map(({ where, what, fix }) => `${where}: ${what} ${fix}`).join("\n"));
  };
  /** A stack whose Environments hold this deploy token. */
  const holding = (text: string | undefined) => {
    const values = { environmentVariables: { CLOUDFLARE_ACCOUNT_ID: "a", CLOUDFLARE_API_TOKEN: text } };
    const client = { environment: async () => ({ yaml: "" }), openEnvironment: async () => values };
    const context = {
      client: { forOrganization: () => client },
      project: "p",
      stack: "s",
      names: { cloudflare: "p/s-cloudflare" },
      cloudflareUrl: url,
    };
    return { context, declared: { organization: "o" } } as unknown as Target;
  };
  /** Every way by which one comes in or goes out; each refuses by a text. */
  const ways: Readonly<Record<string, (text: string) => unknown>> = {
    PULUMI_ACCESS_TOKEN: (text) => readLogin(url, { PULUMI_HOME: home, PULUMI_ACCESS_TOKEN: text }),
    "the file of pulumi login": (text) => {
      const folder = join(home, "login");
      mkdirSync(folder, { recursive: true });
      writeFileSync(
        join(folder, "credentials.json"),
        JSON.stringify({ current: url, accessTokens: { [url]: text } }),
      );
      return readLogin(undefined, { PULUMI_HOME: folder });
    },
    "PULUMI_ACCESS_TOKEN of a program": (text) =>
      collected((faults) => readPulumiEndpoint({ PULUMI_API: url, PULUMI_ACCESS_TOKEN: text }, faults)),
    "CLOUDFLARE_API_TOKEN of a program": (text) =>
      collected((faults) =>
        readEndpoints(
          {
            PULUMI_API: url,
            CLOUDFLARE_BASE_URL: url,
            PULUMI_ACCESS_TOKEN: "sandbox-a",
            CLOUDFLARE_API_TOKEN: text,
          },
          "e",
          faults,
        ),
      ),
    CLOUDFLARE_PLATFORM_TOKEN: (text) =>
      platformTokens(holding(undefined), "a", true, { CLOUDFLARE_PLATFORM_TOKEN: text }),
    "the Environment of the token that makes tokens": (text) => platformTokens(holding(text), "a", true, {}),
    "the Environment of the deploy token": (text) => deployAccount(holding(text)),
    "a deploy token that is given": (text) =>
      collected((faults) => {
        const what = deployFault("CLOUDFLARE_API_TOKEN", text);
        if (what !== undefined) faults.push({ where: "standard input", what, fix: "" });
      }),
    GITHUB_TOKEN: (text) => gitHubOf({ GITHUB_TOKEN: text, GITHUB_REPOSITORY: "a/b" }),
    "a call of Pulumi Cloud": (text) => pulumiClient(url, text, "o").user(),
    "a list of Pulumi Cloud": (text) => environmentsOf({ url, token: text }, "o"),
    "a stack's history": (text) => pulumiHistory({ url, token: text }, "o", "p", "s").updates(1),
    "a call of Cloudflare": (text) => cloudflareClient(url, text).subdomain("a"),
    "a check of a token": (text) => verifyToken(url, "a", text),
    "the tokens of an account": (text) => accountTokens(url, "a", text).list(""),
    "any call": (text) => send({ method: "GET", url, headers: { authorization: bearer(text) } }),
  };

  for (const [way, go] of Object.entries(ways))
    it(`that no header can hold is refused by its form, before any call, and never shown: ${way}`, async () => {
      asked = 0;
      for (const [form, text] of Object.entries(UNSAFE)) {
        const error: unknown = await Promise.resolve()
          .then(() => go(text))
          .then(
            () => assert.fail(`${form} was taken`),
            (caught: unknown) => caught,
          );
        assert.ok(error instanceof Error);
        const shown = inspect(error, { depth: 9, showHidden: true });
        assert.match(error.message, /not sent|wrong form|a token has/, form);
        assert.ok(!shown.includes(MARK), `${form}: ${shown.replaceAll(MARK, "…")}`);
      }
      assert.equal(asked, 0);
    });

  it("of the services' forms is taken", () => {
    for (const text of ["pul-0123456789abcdef", "cfut_A-z0", "ghs_0", "a.b.c", "x".repeat(4096)])
      assert.equal(credentialFault(text), undefined);
  });

  it("is held by nothing that shows it", async () => {
    const pulumi = "pul-canary-1f3a9";
    const deploy = `sandbox-${MARK}`.padEnd(44, "x");
    const holders = {
      login: readLogin(url, { PULUMI_HOME: home, PULUMI_ACCESS_TOKEN: MARK }),
      endpoints: readEndpoints(
        {
          PULUMI_API: url,
          CLOUDFLARE_BASE_URL: url,
          PULUMI_ACCESS_TOKEN: MARK,
          CLOUDFLARE_API_TOKEN: deploy,
        },
        "e",
        [],
      ),
      account: await deployAccount(holding(deploy)),
      clients: [pulumiClient(url, pulumi, "o"), cloudflareClient(url, MARK), accountTokens(url, "a", MARK)],
    };
    assert.ok(holders.endpoints !== undefined && holders.login.token.reveal() === MARK);
    for (const text of [inspect(holders, { depth: 9, showHidden: true }), JSON.stringify(holders)])
      assert.ok(!text.includes(MARK), text.replaceAll(MARK, "…"));
    // A field of that name is a credential wherever one is declared.
    for (const file of globSync("packages/worker-secrets/src/**/*.ts"))
      assert.doesNotMatch(readFileSync(file, "utf8"), /readonly (\w*[tT]oken): string\b/, file);
  });

  it("is not turned into text by accident", () => {
    for (const credential of [bearer(MARK), pulumiToken(MARK)]) {
      const shown = [
        String(credential),
        `${credential}`,
        JSON.stringify({ credential }),
        format("%s %o %O %j", credential, credential, credential, credential),
        inspect({ deep: [credential] }, { showHidden: true, depth: 9 }),
        Object.values(credential).join(),
        JSON.stringify(structuredClone({ ...credential })),
        String(Object.assign(new Error("x"), { cause: credential }).cause),
      ];
      for (const text of shown) assert.ok(!text.includes(MARK), text);
      assert.equal(credential.reveal(), MARK);
    }
  });
});
