import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { after, before, describe, it } from "mocha";
import {
  complete,
  createStack,
  identity,
  type Service,
  STACK,
  start,
  startService,
} from "./pulumi-harness.ts";

describe("sandbox, Pulumi half: state", () => {
  let service: Service;
  before(async () => {
    service = await startService();
  });
  after(() => service.close());

  describe("who may call", () => {
    it("wants the token, and says so in the service's form", async () => {
      for (const authorization of [null, "token wrong", `Bearer ${identity.token}`]) {
        const reply = await service.call("GET", "/api/user", undefined, { authorization });
        assert.equal(reply.status, 401);
        assert.equal(reply.body.code, 401);
      }
    });

    it("takes an update's token for calls inside an update only", async () => {
      const reply = await service.call("GET", "/api/user", undefined, { authorization: "update-token x" });
      assert.equal(reply.status, 401);
    });

    it("knows one user, one organization and no other", async () => {
      const { body } = await service.call("GET", "/api/user");
      assert.equal(body.githubLogin, "ann");
      assert.deepEqual(
        (await service.call("GET", "/api/user/organizations/default")).body.gitHubLogin,
        "acme",
      );
      assert.equal((await service.call("GET", "/api/stacks/other/shop/dev")).status, 404);
    });

    it("answers an unknown path, and what is not in the sandbox", async () => {
      const unknown = await service.call("GET", "/api/nothing");
      assert.deepEqual([unknown.status, unknown.body], [404, { code: 404, message: "Not Found" }]);
      for (const [method, path] of [
        ["POST", `${STACK}/hooks`],
        ["POST", "/api/orgs/acme/hooks"],
        ["GET", "/api/orgs/acme/hooks/one"],
        ["GET", "/api/change-gates/acme?entityType=environment&qualifiedName=shop/dev"],
        ["POST", "/api/change-gates/acme"],
        ["PUT", "/api/change-gates/acme/one"],
        ["GET", "/api/change-requests/acme"],
        ["POST", "/api/change-requests/acme/one/submit"],
        ["GET", "/api/preview/insights/acme/accounts"],
        ["POST", "/api/preview/insights/acme/accounts/one/scan"],
      ] as const) {
        const absent = await service.call(method, path, method === "GET" ? undefined : {});
        assert.deepEqual([absent.status, absent.body.code], [501, 501], `${method} ${path}`);
        assert.match(String(absent.body.message), /not in the sandbox/);
      }
    });

    it("has no webhooks, of what there is", async () => {
      await createStack(service);
      await service.call("POST", "/api/esc/environments/acme", { project: "shop", name: "hooked" });
      for (const path of [STACK, "/api/orgs/acme", "/api/esc/environments/acme/shop/hooked"]) {
        const { status, body } = await service.call("GET", `${path}/hooks`);
        assert.deepEqual([status, body], [200, []], path);
      }
      await service.call("DELETE", STACK);
      for (const path of [STACK, "/api/orgs/nobody", "/api/esc/environments/acme/shop/nobody"])
        assert.equal((await service.call("GET", `${path}/hooks`)).status, 404, path);
    });
  });

  describe("stacks", () => {
    it("are made once", async () => {
      assert.equal((await service.call("HEAD", "/api/stacks/acme/shop")).status, 404);
      await createStack(service);
      assert.equal((await service.call("HEAD", "/api/stacks/acme/shop")).status, 200);
      const again = await service.call("POST", "/api/stacks/acme/shop", { stackName: "dev" });
      assert.equal(again.status, 409);
      assert.match(String(again.body.message), /already exists/);
    });

    it("refuse a bad body by the field's name", async () => {
      const missing = await service.call("POST", "/api/stacks/acme/shop", {});
      assert.deepEqual([missing.status, missing.body.message], [400, "Bad Request: stackName is missing"]);
      const broken = await service.call("POST", "/api/stacks/acme/shop", "{");
      assert.deepEqual(
        [broken.status, broken.body.message],
        [400, "Bad Request: the request body is not valid JSON"],
      );
      assert.equal((await service.call("POST", "/api/stacks/acme/shop", { stackName: "a b" })).status, 400);
    });

    it("are listed by project and tag", async () => {
      await service.call("POST", "/api/stacks/acme/other", { stackName: "dev", tags: { team: "red" } });
      const names = async (query: string) =>
        (
          (await service.call("GET", `/api/user/stacks${query}`)).body.stacks as { projectName: string }[]
        ).map((stack) => stack.projectName);
      assert.deepEqual(await names(""), ["other", "shop"]);
      assert.deepEqual(await names("?project=shop&organization=acme"), ["shop"]);
      assert.deepEqual(await names("?tagName=team&tagValue=red"), ["other"]);
      assert.deepEqual(await names("?tagName=team&tagValue=blue"), []);
    });

    it("keep tags, one by one or all at once", async () => {
      const tags = async () => (await service.call("GET", STACK)).body.tags;
      assert.equal((await service.call("PATCH", `${STACK}/tags`, { kind: "git" })).status, 204);
      assert.equal((await service.call("POST", `${STACK}/tags`, { name: "a", value: "1" })).status, 204);
      assert.deepEqual(await tags(), { kind: "git", a: "1" });
      assert.equal((await service.call("PATCH", `${STACK}/tags/a`, { value: "2" })).status, 204);
      assert.equal((await service.call("DELETE", `${STACK}/tags/kind`)).status, 204);
      assert.deepEqual(await tags(), { a: "2" });
      assert.equal((await service.call("DELETE", `${STACK}/tags/gone`)).status, 404);
    });

    it("keep a link to an Environment as their config", async () => {
      assert.equal((await service.call("GET", `${STACK}/config`)).status, 404);
      await service.call("POST", "/api/esc/environments/acme", { project: "shop", name: "dev" });
      await service.call("PUT", `${STACK}/config`, { environment: "shop/dev" });
      assert.deepEqual((await service.call("GET", `${STACK}/config`)).body, { environment: "shop/dev" });
      assert.equal((await service.call("DELETE", `${STACK}/config`)).status, 204);
      assert.equal((await service.call("GET", `${STACK}/config`)).status, 404);
    });

    it("make their Environment when they are made with one", async () => {
      const config = { environment: "shop/remote" };
      await service.call("POST", "/api/stacks/acme/shop", { stackName: "remote", config });
      assert.equal((await service.call("GET", "/api/esc/environments/acme/shop/remote")).status, 200);
      await service.call("DELETE", "/api/stacks/acme/shop/remote");
    });
  });

  describe("secrets", () => {
    const plain = Buffer.from(randomUUID()).toString("base64");

    it("come back, one by one and many at once, in order and by ciphertext", async () => {
      const one = await service.call("POST", `${STACK}/encrypt`, { plaintext: plain });
      const back = await service.call("POST", `${STACK}/decrypt`, { ciphertext: one.body.ciphertext });
      assert.equal(back.body.plaintext, plain);
      const plaintexts = ["YQ==", "", "Yg=="];
      const many = await service.call("POST", `${STACK}/batch-encrypt`, { plaintexts });
      const ciphertexts = many.body.ciphertexts as string[];
      const gzipped = await fetch(`${service.url}${STACK}/batch-decrypt`, {
        method: "POST",
        headers: { authorization: `token ${identity.token}`, "content-encoding": "gzip" },
        body: gzipSync(JSON.stringify({ ciphertexts })),
      });
      const found = ((await gzipped.json()) as { plaintexts: Record<string, string> }).plaintexts;
      assert.deepEqual(
        ciphertexts.map((text) => found[text]),
        plaintexts,
      );
    });

    it("belong to their stack, also under a new name", async () => {
      const { body } = await service.call("POST", `${STACK}/encrypt`, { plaintext: plain });
      const elsewhere = await service.call("POST", "/api/stacks/acme/other/dev/decrypt", body);
      assert.equal(elsewhere.status, 400);
      const moved = await service.call("POST", `${STACK}/rename`, { newName: "new", newProject: "shop" });
      assert.deepEqual([moved.status, typeof moved.body.updateId], [200, "string"]);
      assert.equal((await service.call("GET", STACK)).status, 404);
      const renamed = await service.call("POST", "/api/stacks/acme/shop/new/decrypt", body);
      assert.equal(renamed.body.plaintext, plain);
      await service.call("POST", "/api/stacks/acme/shop/new/rename", { newName: "dev" });
      assert.equal((await service.call("POST", `${STACK}/rename`, { newName: "dev" })).status, 400);
      await createStack(service, "taken");
      assert.equal((await service.call("POST", `${STACK}/rename`, { newName: "taken" })).status, 409);
    });
  });

  describe("state", () => {
    it("is nothing at first", async () => {
      assert.equal((await service.call("GET", `${STACK}/export`)).text, '{"version":3,"deployment":null}');
    });

    it("goes in and out byte for byte", async () => {
      const deployment = '{"z":1.0,"a":12345678901234567890, "text":"\\u00e9 {\\"[,","resources":[ ]}';
      const text = `{"deployment":${deployment},"version":4,"features":["x"]}`;
      const imported = await service.call("POST", `${STACK}/import`, text);
      const update = await service.call("GET", `${STACK}/update/${String(imported.body.updateId)}`);
      assert.deepEqual(update.body, { status: "succeeded", events: [] });
      const exported = await service.call("GET", `${STACK}/export`);
      assert.equal(exported.text, `{"version":4,"features":["x"],"deployment":${deployment}}`);
    });

    it("is there for each version, and for a version that wrote none", async () => {
      const first = await complete(service, { resources: [{ urn: "a" }] });
      const idle = await start(service);
      await service.call("POST", `${idle.path}/complete`, { status: "succeeded" }, idle.lease);
      const last = await complete(service, { resources: [{ urn: "b" }, { urn: "c" }] }, "failed");
      const at = async (version: number) =>
        (await service.call("GET", `${STACK}/export/${version}`)).body.deployment;
      assert.deepEqual(await at(first.version), { resources: [{ urn: "a" }] });
      assert.deepEqual(await at(idle.version), { resources: [{ urn: "a" }] });
      // A failed update's state is the stack's state all the same.
      assert.deepEqual(await at(last.version), { resources: [{ urn: "b" }, { urn: "c" }] });
      assert.equal((await service.call("GET", `${STACK}/export/99`)).status, 404);
      assert.deepEqual((await service.call("GET", `${STACK}/resources/count`)).body, {
        resourceCount: 2,
        version: last.version,
      });
    });

    it("keeps the last good checkpoint when the next is invalid", async () => {
      const update = await start(service);
      const checkpoint = (body: unknown) =>
        service.call("PATCH", `${update.path}/checkpoint`, body, update.lease);
      await checkpoint({ isInvalid: false, version: 3, deployment: { resources: [] } });
      assert.equal((await checkpoint({ isInvalid: true, version: 3 })).status, 204);
      assert.equal((await checkpoint({ version: 3, deployment: 7 })).status, 400);
      await service.call("POST", `${update.path}/complete`, { status: "failed" }, update.lease);
      assert.deepEqual((await service.call("GET", `${STACK}/export`)).body.deployment, { resources: [] });
    });

    it("takes the highest of numbered checkpoints, in whatever order they come", async () => {
      const update = await start(service);
      for (const sequenceNumber of [1, 3, 2, 3]) {
        const untypedDeployment = { version: 3, deployment: { resources: [], n: sequenceNumber } };
        const path = `${update.path}/checkpointverbatim`;
        const reply = await service.call(
          "PATCH",
          path,
          { version: 1, untypedDeployment, sequenceNumber },
          update.lease,
        );
        assert.equal(reply.status, 204);
      }
      await service.call("POST", `${update.path}/complete`, { status: "succeeded" }, update.lease);
      assert.deepEqual((await service.call("GET", `${STACK}/export`)).body.deployment, {
        resources: [],
        n: 3,
      });
    });
  });

  describe("history", () => {
    it("has each update once, newest first, with what the summary counted", async () => {
      const update = await start(service);
      const batch = {
        events: [
          { sequence: 2, timestamp: 1, summaryEvent: { resourceChanges: { create: 2, same: 1 } } },
          { sequence: 1, timestamp: 1, stdoutEvent: { message: "hi" } },
        ],
      };
      for (let time = 0; time < 2; time++) {
        assert.equal(
          (await service.call("POST", `${update.path}/events/batch`, batch, update.lease)).status,
          200,
        );
      }
      await service.call(
        "PATCH",
        `${update.path}/checkpoint`,
        { version: 3, deployment: { resources: [{}] } },
        update.lease,
      );
      await service.call("POST", `${update.path}/complete`, { status: "succeeded" }, update.lease);
      const { events } = (await service.call("GET", `${update.path}/events`)).body as {
        events: { sequence: number }[];
      };
      assert.deepEqual(
        events.map(({ sequence }) => sequence),
        [1, 2],
      );

      const latest = (await service.call("GET", `${STACK}/updates/latest`)).body.info as Record<
        string,
        unknown
      >;
      const { startTime, endTime, ...facts } = latest;
      assert.ok(Number(startTime) > 0 && Number(endTime) >= Number(startTime));
      assert.deepEqual(facts, {
        kind: "update",
        message: "a change",
        environment: { "exec.kind": "cli" },
        config: { "shop:size": { string: "3", secret: false, object: false } },
        result: "succeeded",
        version: update.version,
        resourceChanges: { create: 2, same: 1 },
        resourceCount: 1,
      });
      const list = async (query: string) =>
        ((await service.call("GET", `${STACK}/updates${query}`)).body.updates as { version: number }[]).map(
          ({ version }) => version,
        );
      const all = Array.from({ length: update.version }, (_, index) => update.version - index);
      assert.deepEqual(await list(""), all);
      assert.deepEqual(await list("?pageSize=2&page=2"), all.slice(2, 4));
      assert.equal((await service.call("GET", `${STACK}/updates/1`)).body.version, 1);
      assert.equal((await service.call("GET", `${STACK}/updates/999`)).status, 404);
    });

    it("pages events: each once, in their order, wherever the sequence has holes", async () => {
      const update = await start(service);
      // Two batches, the later one first, with every third number left out.
      const numbers = Array.from({ length: 1950 }, (_, index) => index).filter((number) => number % 3 !== 1);
      for (const part of [numbers.slice(700), numbers.slice(0, 700)]) {
        const batch = { events: part.map((sequence) => ({ sequence, timestamp: 1, cancelEvent: {} })) };
        await service.call("POST", `${update.path}/events/batch`, batch, update.lease);
      }
      await service.call("POST", `${update.path}/complete`, { status: "succeeded" }, update.lease);
      const pages: number[][] = [];
      for (let token: unknown = ""; token !== undefined; ) {
        const { body } = await service.call("GET", `${update.path}/events?continuationToken=${token}`);
        const { events } = body as { events: { sequence: number }[] };
        pages.push(events.map(({ sequence }) => sequence));
        token = body.continuationToken;
      }
      assert.deepEqual(
        pages.map((page) => page.length),
        [500, 500, 300],
      );
      assert.deepEqual(pages.flat(), numbers);
    });

    it("keeps the last dry runs only, and every update that wrote", async () => {
      const name = "pruned";
      await createStack(service, name);
      const stack = `/api/stacks/acme/shop/${name}`;
      const made: string[] = [];
      const begin = async (kind: string) => {
        const { body } = await service.call("POST", `${stack}/${kind}`, {});
        const path = `${stack}/update/${String(body.updateID)}`;
        const started = await service.call("POST", path, {});
        return { path, lease: { authorization: `update-token ${String(started.body.token)}` } };
      };
      const first = await begin("update");
      await service.call("POST", `${first.path}/complete`, { status: "succeeded" }, first.lease);
      for (let run = 0; run < 25; run++) {
        const { path, lease } = await begin("preview");
        await service.call("POST", `${path}/events/batch`, { events: [{ sequence: 0 }] }, lease);
        await service.call("POST", `${path}/complete`, { status: "succeeded" }, lease);
        made.push(path);
      }
      const statuses = await Promise.all(made.map(async (path) => (await service.call("GET", path)).status));
      assert.deepEqual([statuses[0], statuses.at(-1)], [404, 200]);
      assert.equal(statuses.filter((status) => status === 200).length, 20);
      assert.equal((await service.call("GET", first.path)).status, 200);
      assert.equal((await service.call("GET", `${stack}/updates/1`)).status, 200);
      await service.call("DELETE", `${stack}?force=true`);
    });

    it("does not count dry runs", async () => {
      const before = (await service.call("GET", STACK)).body;
      for (const [kind, dryRun] of [
        ["preview", false],
        ["update", true],
      ] as const) {
        const update = await start(service, kind, dryRun);
        assert.equal(update.version, before.version);
        await service.call("POST", `${update.path}/complete`, { status: "succeeded" }, update.lease);
      }
      assert.deepEqual((await service.call("GET", STACK)).body, before);
    });
  });

  describe("the end", () => {
    it("keeps a stack with resources unless forced, and forgets a removed one", async () => {
      await complete(service, { resources: [{ urn: "a" }] });
      const kept = await service.call("DELETE", `${STACK}?force=false`);
      assert.deepEqual(kept.body, { code: 400, message: "Bad Request: Stack still contains resources." });
      assert.equal((await service.call("DELETE", `${STACK}?force=true`)).status, 204);
      assert.equal((await service.call("DELETE", STACK)).status, 404);
      await createStack(service);
      assert.equal((await service.call("GET", `${STACK}/updates/latest`)).status, 404);
      assert.equal((await service.call("GET", `${STACK}/export`)).body.deployment, null);
    });

    it("holds no secret in clear on disk", async () => {
      const canary = randomUUID();
      const { body } = await service.call("POST", `${STACK}/encrypt`, {
        plaintext: Buffer.from(canary).toString("base64"),
      });
      const created = await service.call("POST", `${STACK}/update`, {
        config: { "shop:key": { string: canary, secret: true } },
        metadata: { message: canary },
      });
      const path = `${STACK}/update/${String(created.body.updateID)}`;
      const token = (await service.call("POST", path, {})).body.token;
      const lease = { authorization: `update-token ${String(token)}` };
      const events = [{ sequence: 1, timestamp: 1, diagnosticEvent: { message: canary } }];
      await service.call("POST", `${path}/events/batch`, { events }, lease);
      await service.call("POST", `${path}/complete`, { status: "succeeded" }, lease);
      const disk = service.bytesOnDisk();
      for (const form of [canary, Buffer.from(canary).toString("base64"), String(token)]) {
        assert.equal(disk.includes(form), false);
      }
      await service.restart();
      const back = await service.call("POST", `${STACK}/decrypt`, { ciphertext: body.ciphertext });
      assert.equal(Buffer.from(String(back.body.plaintext), "base64").toString(), canary);
      const latest = (await service.call("GET", `${STACK}/updates/latest`)).body.info as { message: string };
      assert.equal(latest.message, canary);
    });
  });
});
