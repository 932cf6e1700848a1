import assert from "node:assert/strict";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as v from "valibot";
import { request } from "../../src/api/cloudflare.ts";
import { type Call, ServiceError, send, shaped } from "../../src/api/http.ts";
import { pulumiClient } from "../../src/api/pulumi.ts";
import { pulumiHistory } from "../../src/api/pulumi-history.ts";
import { unsealed } from "../../src/cli/commands/drift/stack-state.ts";

type Reply = (answer: ServerResponse) => unknown;

const status =
  (code: number, body: unknown = {}, headers: Record<string, string> = {}): Reply =>
  (answer) =>
    answer
      .writeHead(code, { "content-type": "application/json", ...headers })
      .end(typeof body === "string" ? body : JSON.stringify(body));
const lost: Reply = (answer) => answer.socket?.resetAndDestroy();
const cutOff: Reply = (answer) => {
  answer.writeHead(200, { "content-length": "100" }).write("half");
  setTimeout(() => answer.socket?.destroy(), 20);
};

describe("calls of the two services", function () {
  this.timeout(60_000);
  let server: Server;
  let url: string;
  let replies: Reply[] = [];
  let asked = 0;
  before(async () => {
    server = createServer((incoming, answer) => {
      incoming.resume();
      (replies[asked++] ?? status(200))(answer);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server?.close());

  /** How often a call is sent, and the status that comes of it; 0: a lost connection. */
  const sent = async (call: Pick<Call, "method" | "repeatable">, ...given: Reply[]) => {
    replies = given;
    asked = 0;
    const answer = await send({ url: `${url}/a?b=c`, ...call }).catch((error: unknown) => {
      assert.ok(error instanceof ServiceError);
      return error;
    });
    return [answer.status, asked];
  };
  const get = { method: "GET" } as const;
  const post = { method: "POST" } as const;
  const again = { method: "PATCH", repeatable: true } as const;

  it("are repeated where that does no harm, four times in all", async () => {
    assert.deepEqual(await sent(get, status(503), lost, cutOff), [200, 4]);
    assert.deepEqual(await sent(again, status(500), status(502)), [200, 3]);
    assert.deepEqual(await sent(get, ...Array.from({ length: 9 }, () => status(500))), [500, 4]);
  });

  it("are not repeated where they may have had their effect", async () => {
    for (const reply of [status(500), status(502), status(503)])
      assert.equal((await sent(post, reply))[1], 1);
    assert.deepEqual(await sent(post, lost), [0, 1]);
    assert.deepEqual(await sent(post, cutOff), [0, 1]);
  });

  it("are repeated after 429 in any case: it says that nothing was done", async () => {
    assert.deepEqual(await sent(post, status(429, {}, { "retry-after": "0" })), [200, 2]);
  });

  it("are never repeated after another 4xx", async () => {
    for (const code of [400, 401, 403, 404, 408, 409, 412, 422])
      assert.deepEqual(await sent(get, status(code)), [code, 1]);
  });

  it("do not come back before the time that they are told, and do not wait for hours", async () => {
    assert.deepEqual(await sent(get, status(429, {}, { "retry-after": "3600" })), [429, 1]);
    const later = new Date(Date.now() + 3_600_000).toUTCString();
    assert.deepEqual(await sent(get, status(503, {}, { "retry-after": later })), [503, 1]);
  });

  it("fail in words that say what was asked for, and how it went", async () => {
    const client = pulumiClient(url, "t", "acme");
    const says = async (work: () => Promise<unknown>, pattern: RegExp, ...given: Reply[]) => {
      replies = given;
      asked = 0;
      await assert.rejects(work, (error) => error instanceof ServiceError && pattern.test(error.message));
    };
    const user = () => client.user();
    await says(
      user,
      /^Pulumi Cloud could not serve GET \/api\/user \(429\): slow down; .* after 99 s$/,
      status(429, { message: "slow down" }, { "retry-after": "99" }),
    );
    await says(
      user,
      /^Pulumi Cloud answered with something .* \(githubLogin: string expected\)$/,
      status(200, { githubLogin: 7 }),
    );
    await says(user, /^Pulumi Cloud answered with something/, status(200, "<html>"));
    const cloudflare = () => request({ method: "POST", url: `${url}/client/v4/x` });
    await says(cloudflare, /^Cloudflare could not serve POST \/client\/v4\/x \(502\)/, status(502, "<html>"));
    await says(cloudflare, /^Cloudflare answered POST \/client\/v4\/x with something/, status(200, { a: 1 }));
  });

  it("take no page for an Environment's text, and no object for an opened one", async () => {
    const client = pulumiClient(url, "t", "acme");
    for (const body of ["<html>", { unexpected: [] }]) {
      replies = [status(200, body)];
      asked = 0;
      await assert.rejects(client.environment("a/b"), /is not an Environment's text/);
      replies = [status(200, { id: "s" }), status(200, body)];
      asked = 0;
      await assert.rejects(client.openEnvironment("a/b"), /not its API's form/);
    }
  });

  it("take no opened secret that is none, and quote nothing of it", async () => {
    const history = pulumiHistory({ url, token: "t" }, "acme", "shop", "dev");
    const opened = (text: string) => {
      replies = [status(200, { plaintext: Buffer.from(text).toString("base64") })];
      asked = 0;
      return history.decrypt("c");
    };
    assert.equal(await opened('"canary"'), "canary");
    const sealed = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
    const silent = (error: unknown) => error instanceof ServiceError && !/canary/.test(error.message);
    await assert.rejects(opened("canary, and no JSON"), silent);
    await assert.rejects(
      unsealed({ ...sealed, ciphertext: ["canary"] }, async (text) => text),
      silent,
    );
  });

  it("take what they have made themselves, and were not told of, as made", async () => {
    const client = pulumiClient(url, "t", "acme");
    const made = async (...given: Reply[]) => {
      replies = given;
      asked = 0;
      return [await client.createEnvironment("a/b"), asked];
    };
    assert.deepEqual(await made(lost, status(409)), [true, 2]);
    assert.deepEqual(await made(status(409)), [false, 1]);
  });
});

it("a wrong form is told without what was found in it", () => {
  const schema = v.object({ list: v.array(v.object({ value: v.number() })) });
  assert.throws(
    () => shaped(schema, { list: [{ value: "canary" }] }, "Cloudflare"),
    (error) =>
      error instanceof ServiceError &&
      error.message.includes("(list.0.value: number expected)") &&
      !error.message.includes("canary"),
  );
});
