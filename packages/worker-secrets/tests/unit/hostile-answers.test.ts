import assert from "node:assert/strict";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { boundedText, isTooDeep } from "../../src/api/bounded.ts";
import { cloudflareClient } from "../../src/api/cloudflare.ts";
import { accountTokens } from "../../src/api/cloudflare-tokens.ts";
import { ServiceError } from "../../src/api/http.ts";
import { pulumiClient } from "../../src/api/pulumi.ts";
import { environmentsOf } from "../../src/api/pulumi-catalog.ts";
import { listReviewStacks } from "../../src/cli/ci/review-stacks.ts";
import { verifyUrl } from "../../src/cli/commands/rotate/verify.ts";
import type { Context } from "../../src/cli/project/context.ts";

const MB = 1024 * 1024;
const JSON_TYPE = { "content-type": "application/json" };

/** Sends without end, as fast as it is read. */
function endlessly(answer: ServerResponse, chunk: Buffer): void {
  const more = () => {
    while (!answer.destroyed && answer.write(chunk));
  };
  answer.on("drain", more);
  more();
}

describe("answers of a hostile service", function () {
  this.timeout(60_000);
  let server: Server;
  let url: string;
  let asked = 0;
  let reply: (answer: ServerResponse) => void = (answer) => answer.end();
  before(async () => {
    server = createServer((_, answer) => {
      asked++;
      answer.on("error", () => undefined);
      reply(answer);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server?.closeAllConnections();
    server?.close();
  });

  const refused = async (work: Promise<unknown>, says: RegExp) => {
    asked = 0;
    const error: unknown = await work.then(
      () => assert.fail("it was taken"),
      (caught: unknown) => caught,
    );
    assert.ok(error instanceof ServiceError, String(error));
    assert.match(error.message, says);
  };
  const clients: Readonly<Record<string, () => Promise<unknown>>> = {
    "Pulumi Cloud": () => pulumiClient(url, "t", "o").user(),
    "an Environment's text": () => pulumiClient(url, "t", "o").environment("p/e"),
    "a stack's state": () => pulumiClient(url, "t", "o").exportStack("p", "s"),
    Cloudflare: () => cloudflareClient(url, "t").subdomain("a"),
  };

  for (const [client, call] of Object.entries(clients)) {
    it(`without an end are read up to 64 MB, once: ${client}`, async () => {
      const before = process.memoryUsage().rss;
      reply = (answer) => endlessly(answer.writeHead(200, JSON_TYPE), Buffer.alloc(256 * 1024, "["));
      await refused(call(), /longer than 64 MB/);
      assert.equal(asked, 1);
      assert.ok(process.memoryUsage().rss - before < 600 * MB);
    });

    it(`that unpack to more than 64 MB are read no further: ${client}`, async () => {
      const bomb = gzipSync(Buffer.alloc(80 * MB, " "));
      reply = (answer) => answer.writeHead(200, { ...JSON_TYPE, "content-encoding": "gzip" }).end(bomb);
      await refused(call(), /longer than 64 MB/);
    });
  }

  it("that nest without an end are of no form", async () => {
    reply = (answer) => answer.writeHead(200, JSON_TYPE).end("[".repeat(200_000) + "]".repeat(200_000));
    await refused(clients["Pulumi Cloud"]?.() ?? Promise.resolve(), /not its API's form/);
    await refused(clients.Cloudflare?.() ?? Promise.resolve(), /not its API's form/);
    assert.equal(isTooDeep(`{"a":"${"[".repeat(10_000)}\\""}`), false);
    assert.equal(isTooDeep("[".repeat(501)), true);
  });

  it("that always have another page are read for 100 pages", async () => {
    const json = (body: unknown) => {
      reply = (answer) => answer.writeHead(200, JSON_TYPE).end(JSON.stringify(body));
    };
    json({ stacks: [], continuationToken: "more" });
    const context = { pulumi: { url, token: "t" }, organization: "o", project: "p" } as unknown as Context;
    await refused(listReviewStacks(context), /more than 100 pages/);
    json({ success: true, result: Array.from({ length: 1000 }, (_, id) => ({ id: `${id}`, name: "n" })) });
    await refused(accountTokens(url, "a", "t").list("n"), /more than 100 pages/);
    json({ environments: [], nextToken: "more" });
    await environmentsOf({ url, token: "t" }, "o");
    assert.ok(asked <= 201);
  });

  it("of a Worker that is asked for its proof are bounded, and a name that does not resolve is said at once", async () => {
    await assert.rejects(
      (async () => {
        reply = (answer) => endlessly(answer, Buffer.alloc(64 * 1024, "a"));
        await boundedText(await fetch(url), 1024);
      })(),
      /longer/,
    );
    const started = performance.now();
    const [fault] = await verifyUrl(
      "https://no-such-host.invalid",
      { name: "A" } as unknown as Parameters<typeof verifyUrl>[1],
      "v",
    );
    assert.match(fault?.what ?? "", /no-such-host\.invalid gave no answer: (ENOTFOUND|EAI_AGAIN)/);
    if (/ENOTFOUND/.test(fault?.what ?? "")) assert.ok(performance.now() - started < 15_000);
  });
});
