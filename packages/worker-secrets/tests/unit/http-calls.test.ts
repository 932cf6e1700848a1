import assert from "node:assert/strict";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as v from "valibot";
import { request } from "../../src/api/cloudflare.ts";
import { EffectJournal, withJournal } from "../../src/api/effects.ts";
import {
  type ReadCall,
  ServiceError,
  send,
  sendWrite,
  shaped,
  type Write,
  type WriteCall,
} from "../../src/api/http.ts";
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
  const sent = async (call: Pick<ReadCall | WriteCall, "method" | "repeatable">, ...given: Reply[]) => {
    replies = given;
    asked = 0;
    const { method, ...rest } = { url: `${url}/a?b=c`, ...call };
    const sending = method === "GET" ? send({ method, ...rest }) : sendWrite({ method, ...rest }, NO_CHANGE);
    const answer = await sending.catch((error: unknown) => {
      assert.ok(error instanceof ServiceError);
      return error;
    });
    assert.ok(answer !== "done");
    return [answer.status, asked];
  };
  /** What a write comes to, of which a read says that it took place, did not, or nothing; and what the journal has of it. */
  const wrote = async (happened: Write["happened"], ...given: Reply[]) => {
    replies = given;
    asked = 0;
    const journal = new EffectJournal();
    const call = { method: "PATCH", url: `${url}/a`, repeatable: true } as const;
    const outcome = await withJournal(journal, () =>
      sendWrite(call, { change: () => STORED, happened, unknown: UNKNOWN }),
    ).then(
      (answer) => (answer === "done" ? answer : answer.status),
      (error: unknown) => Object(error).status as unknown,
    );
    return [outcome, ...journal.effects().map(({ kind }) => kind)];
  };
  const STORED = { kind: "stored", environment: "a/b", names: [], revision: 2 } as const;
  const UNKNOWN = { place: "Environment a/b", what: "it is stored", look: "there" };
  const NO_CHANGE: Write = { change: () => undefined, happened: async () => false, unknown: UNKNOWN };
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

  it("follow no redirect, which could take the token to another host", async () => {
    for (const code of [301, 302, 307, 308])
      assert.deepEqual(await sent(post, status(code, {}, { location: `${url}/elsewhere` })), [0, 1]);
  });

  it("do not come back before the time that they are told, and do not wait for hours", async () => {
    assert.deepEqual(await sent(get, status(429, {}, { "retry-after": "3600" })), [429, 1]);
    const later = new Date(Date.now() + 3_600_000).toUTCString();
    assert.deepEqual(await sent(get, status(503, {}, { "retry-after": later })), [503, 1]);
  });

  it("note what a write has changed, read back where its answer was lost", async () => {
    const yes = async () => STORED;
    const no = async () => false as const;
    const nobody = async () => undefined;
    const failing = () => Promise.reject(new Error("away"));
    assert.deepEqual(await wrote(nobody, status(200)), [200, "stored"]);
    for (const code of [400, 401, 403, 404, 409, 412])
      assert.deepEqual(await wrote(yes, status(code)), [code, "none"], `${code} is a refusal`);
    // Its first attempt was the one that took place, so the second finds another state.
    for (const first of [status(500), lost, cutOff]) {
      assert.deepEqual(await wrote(yes, first, status(409)), ["done", "stored"]);
      assert.deepEqual(await wrote(no, first, status(409)), [409, "none"]);
      assert.deepEqual(await wrote(nobody, first, status(409)), [409, "unknown"]);
      assert.deepEqual(await wrote(failing, first, status(409)), [409, "unknown"]);
    }
    const always = (reply: Reply) => Array.from({ length: 4 }, () => reply);
    assert.deepEqual(await wrote(yes, ...always(lost)), ["done", "stored"]);
    assert.deepEqual(await wrote(no, ...always(lost)), [0, "none"]);
    // A proxy's page says nothing of what the service did.
    assert.deepEqual(await wrote(yes, status(200, "<html>")), ["done", "stored"]);
    assert.deepEqual(await wrote(nobody, status(200, "<html>")), [200, "unknown"]);
    assert.deepEqual(await wrote(nobody, status(429, {}, { "retry-after": "3600" })), [429, "none"]);
  });

  it("settle what was unknown by a later write to the same place", async () => {
    const journal = new EffectJournal();
    journal.note({ kind: "unknown", ...UNKNOWN });
    journal.note({ kind: "written", file: "f" });
    assert.deepEqual(
      journal.effects().map(({ kind }) => kind),
      ["unknown", "written"],
    );
    const undo = journal.note(STORED);
    assert.deepEqual(
      journal.effects().map(({ kind }) => kind),
      ["written", "stored"],
    );
    undo();
    assert.deepEqual(
      journal.effects().map(({ kind }) => kind),
      ["written"],
    );
    assert.deepEqual(new EffectJournal().effects(), [{ kind: "none" }]);
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
    const cloudflare = () => request({ method: "POST", reads: true, url: `${url}/client/v4/x` });
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
    const text = status(200, "values: {}\n", { "content-type": "application/x-yaml" });
    assert.deepEqual(await made(lost, status(409), text), [true, 3]);
    assert.deepEqual(await made(lost, status(409), status(404)), [false, 3]);
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
