import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import { after, before, describe, it } from "mocha";
import { startTools, type Tools } from "./real-tools.ts";

const MESSAGE = "worker-secrets tutorial";

/** Proves that it has TOP_SECRET, and says of everything else only the names. */
const WORKER = `export default {
  async fetch(request, env) {
    const text = new TextEncoder();
    const key = await crypto.subtle.importKey(
      "raw", text.encode(env.TOP_SECRET ?? "none"), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const proof = new Uint8Array(await crypto.subtle.sign("HMAC", key, text.encode("${MESSAGE}")));
    return Response.json({ names: Object.keys(env).sort(), proof: Array.from(proof, (byte) => byte.toString(16).padStart(2, "0")).join("") });
  },
};
`;

const proofOf = (secret: string) => createHmac("sha256", secret).update(MESSAGE).digest("hex");

/** Cloudflare's tutorial "Manage secrets with Pulumi ESC", command by command, as a transcript of the real tools. */
describe("clients: the tutorial", function () {
  this.timeout(180_000);
  const topSecret = `canary-${randomUUID()}`;
  const devSecret = `canary-${randomUUID()} with "quotes" and $dollars`;
  let tools: Tools;
  let accountId: string;
  let token: string;
  before(async () => {
    tools = await startTools({ cloudflare: false });
    ({ accountId, token } = tools.sandbox.description.cloudflare);
    tools.write("worker.js", WORKER);
    tools.write(
      "wrangler.json",
      JSON.stringify({ name: "my-worker", main: "worker.js", compatibility_date: "2026-10-01" }),
    );
  });
  after(() => tools?.close());

  /** A line of the transcript that has to succeed and prints no secret. */
  const line = async (command: string): Promise<string> => {
    const { code, text } = await tools.sh(command);
    assert.equal(code, 0, `${command}\n${text}`);
    for (const secret of [topSecret, devSecret, token]) {
      assert.equal(text.includes(secret), false, `a secret is in the output of ${command}`);
    }
    return text;
  };
  const ask = async (url: string) => (await (await fetch(url)).json()) as { names: string[]; proof: string };

  for (const [title, environment] of [
    ["as first written, without a project", "my-dev-environment"],
    ["as finished, in a project", "wrangler/my-dev-environment"],
  ] as const) {
    describe(`set up a new Environment, ${title}`, () => {
      it("pulumi login", async () => {
        assert.match(await line("pulumi login"), /Logged in to http:\/\/127\.0\.0\.1:\d+ as sandbox-user/);
      });
      it("pulumi env init", async () => {
        assert.match(await line(`pulumi env init ${environment}`), /Environment created/);
      });
      it("pulumi env set, plain and --secret", async () => {
        await line(`pulumi env set ${environment} environmentVariables.CLOUDFLARE_ACCOUNT_ID ${accountId}`);
        await line(
          `pulumi env set ${environment} environmentVariables.CLOUDFLARE_API_TOKEN ${token} --secret`,
        );
      });
      it("pulumi env get shows the value redacted and the definition encrypted", async () => {
        const shown = await line(`pulumi env get ${environment}`);
        const [value = "", definition = ""] = shown.split(/^ *#? *Definition *$/m);
        assert.deepEqual(JSON.parse(/\{[\s\S]*\}/.exec(value)?.[0] ?? "null"), {
          environmentVariables: { CLOUDFLARE_ACCOUNT_ID: accountId, CLOUDFLARE_API_TOKEN: "[secret]" },
        });
        assert.match(definition, new RegExp(`CLOUDFLARE_ACCOUNT_ID: ${accountId}`));
        assert.match(definition, /CLOUDFLARE_API_TOKEN:\s+fn::secret:\s+ciphertext: ZXNje[\w+/]+=*/);
      });
    });
  }

  describe("log in to Cloudflare", () => {
    it("wrangler whoami, without the Environment: not logged in", async () => {
      assert.match((await tools.sh("npx wrangler whoami")).text, /not authenticated/i);
    });
    it("pulumi env run … npx wrangler whoami", async () => {
      const shown = await line("pulumi env run wrangler/my-dev-environment -- npx wrangler whoami");
      assert.match(shown, /sandbox-user@example\.com/);
      assert.match(shown, new RegExp(accountId));
    });
  });

  describe("load .dev.vars", () => {
    it("a second Environment, opened as dotenv into the file", async () => {
      await line("pulumi env init wrangler/my-devvars");
      await line(`pulumi env set wrangler/my-devvars environmentVariables.PLAIN 'plain value'`);
      await line(
        `pulumi env set wrangler/my-devvars environmentVariables.TOP_SECRET '${devSecret}' --secret`,
      );
      await line("pulumi env open wrangler/my-devvars --format dotenv > .dev.vars");
      const read = parse(readFileSync(join(tools.folder, ".dev.vars")));
      assert.equal(read.PLAIN, "plain value");
      assert.ok(read.TOP_SECRET);
    });
    it("wrangler dev serves the Worker with these values", async () => {
      const expected = parse(readFileSync(join(tools.folder, ".dev.vars"))).TOP_SECRET ?? "";
      const before = tools.printed().length;
      const dev = tools.start(
        "npx wrangler dev --port 0 --inspector-port 0 --show-interactive-dev-session=false",
      );
      let url: string | undefined;
      const ended = new Promise((_, reject) =>
        dev.once("close", () => reject(new Error(`wrangler dev ended:\n${tools.printed().slice(before)}`))),
      );
      const ready = (async () => {
        for (;;) {
          url = /Ready on (http:\/\/\S+)/.exec(tools.printed().slice(before))?.[1];
          if (url !== undefined) return;
          await new Promise((done) => setTimeout(done, 50));
        }
      })();
      await Promise.race([ready, ended]);
      ended.catch(() => undefined);
      assert.deepEqual(await ask(url ?? ""), { names: ["PLAIN", "TOP_SECRET"], proof: proofOf(expected) });
      assert.equal(tools.printed().slice(before).includes(devSecret), false);
      if (dev.pid !== undefined) process.kill(-dev.pid, "SIGTERM");
    });
  });

  describe("add Worker secrets", () => {
    const environment = "wrangler/my-dev-environment";
    it("the Worker is deployed without one", async () => {
      await line(`pulumi env run ${environment} -- npx wrangler deploy`);
      const answer = await ask(`${tools.sandbox.description.workers.url}/my-worker/`);
      assert.deepEqual(answer, { names: [], proof: proofOf("none") });
    });
    it("pulumi env set --secret, and wrangler secret put through pulumi env run -i", async () => {
      await line(`pulumi env set ${environment} environmentVariables.TOP_SECRET ${topSecret} --secret`);
      const put = `echo "$TOP_SECRET" | npx wrangler secret put TOP_SECRET`;
      const shown = await line(`pulumi env run -i ${environment} -- sh -c '${put}'`);
      assert.match(shown, /Success! Uploaded secret TOP_SECRET/);
      assert.match(await line(`pulumi env run ${environment} -- npx wrangler secret list`), /TOP_SECRET/);
    });
    it("the Worker proves that it has the secret", async () => {
      const answer = await ask(`${tools.sandbox.description.workers.url}/my-worker/`);
      assert.deepEqual(answer, { names: ["TOP_SECRET"], proof: proofOf(topSecret) });
    });
  });
});
