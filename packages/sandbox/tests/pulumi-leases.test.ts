import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "mocha";
import { create, createStack, type Service, STACK, start, startService } from "./pulumi-harness.ts";

describe("sandbox, Pulumi half: leases", () => {
  let service: Service;
  before(async () => {
    service = await startService();
  });
  after(() => service.close());
  beforeEach(async () => {
    // Whoever still holds the stack has long been killed.
    service.advance(3600);
    await service.call("DELETE", `${STACK}?force=true`);
    await createStack(service);
  });

  const tryStart = async () => service.call("POST", await create(service), {});
  const checkpoint = { version: 3, deployment: { resources: [] } };

  it("lets one update at a time in, and shows it", async () => {
    const running = await start(service);
    const second = await tryStart();
    assert.deepEqual([second.status, second.body.code], [409, 409]);
    const { body } = await service.call("GET", STACK);
    assert.equal(running.path.endsWith(String(body.activeUpdate)), true);
    assert.deepEqual((body.currentOperation as { kind: string; author: string }).kind, "update");
    for (const [method, path, payload] of [
      ["DELETE", `${STACK}?force=true`, undefined],
      ["POST", `${STACK}/rename`, { newName: "x" }],
      ["POST", `${STACK}/import`, checkpoint],
    ] as const) {
      assert.equal((await service.call(method, path, payload)).status, 409, path);
    }
    assert.equal(
      (await service.call("POST", `${running.path}/complete`, { status: "failed" }, running.lease)).status,
      204,
    );
    assert.equal((await service.call("GET", STACK)).body.currentOperation, undefined);
    assert.equal((await tryStart()).status, 200);
  });

  it("lets dry runs by", async () => {
    const preview = await start(service, "preview");
    const running = await start(service);
    assert.equal((await start(service, "update", true)).version, running.version);
    const refused = await service.call("PATCH", `${preview.path}/checkpoint`, checkpoint, preview.lease);
    assert.equal(refused.status, 403);
  });

  it("wants the update's own token inside an update", async () => {
    const running = await start(service);
    const other = await start(service, "preview");
    for (const path of ["checkpoint", "renew_lease", "complete", "events/batch"]) {
      const method = path === "checkpoint" ? "PATCH" : "POST";
      const body = { ...checkpoint, duration: 60, status: "succeeded", events: [{ sequence: 1 }] };
      assert.equal(
        (await service.call(method, `${running.path}/${path}`, body, other.lease)).status,
        403,
        path,
      );
      assert.equal((await service.call(method, `${running.path}/${path}`, body)).status, 401, path);
    }
  });

  it("expires unless renewed; the update it leaves has failed, its state stays", async () => {
    const running = await start(service);
    await service.call("PATCH", `${running.path}/checkpoint`, checkpoint, running.lease);
    service.advance(200);
    const renewed = await service.call(
      "POST",
      `${running.path}/renew_lease`,
      { duration: 300 },
      running.lease,
    );
    assert.equal(renewed.status, 200);
    assert.equal(running.lease.authorization, `update-token ${String(renewed.body.token)}`);
    service.advance(200);
    assert.equal((await tryStart()).status, 409);
    service.advance(101);
    const late = await service.call("PATCH", `${running.path}/checkpoint`, checkpoint, running.lease);
    assert.equal(late.status, 403);
    const { info } = (await service.call("GET", `${STACK}/updates/latest`)).body as {
      info: { result: string };
    };
    assert.equal(info.result, "failed");
    assert.equal((await tryStart()).status, 200);
    assert.deepEqual((await service.call("GET", `${STACK}/export`)).body.deployment, { resources: [] });
    assert.equal(
      (await service.call("POST", `${running.path}/renew_lease`, { duration: 60 }, running.lease)).status,
      403,
    );
  });

  it("is renewed for at most five minutes", async () => {
    const running = await start(service);
    for (const duration of [0, -1, 301]) {
      const reply = await service.call("POST", `${running.path}/renew_lease`, { duration }, running.lease);
      assert.equal(reply.status, 400);
    }
  });

  it("ends by a cancel: the holder is told 403, and the stack is free", async () => {
    const running = await start(service);
    assert.equal((await service.call("POST", `${running.path}/cancel`)).status, 204);
    assert.equal((await service.call("POST", `${running.path}/cancel`)).status, 204);
    const renewal = await service.call(
      "POST",
      `${running.path}/renew_lease`,
      { duration: 60 },
      running.lease,
    );
    assert.deepEqual([renewal.status, renewal.body.code], [403, 403]);
    const late = await service.call("PATCH", `${running.path}/checkpoint`, checkpoint, running.lease);
    assert.equal(late.status, 403);
    assert.equal((await service.call("GET", running.path)).body.status, "cancelled");
    assert.equal((await tryStart()).status, 200);
  });

  it("can't cancel what does not run", async () => {
    const path = await create(service);
    assert.equal((await service.call("POST", `${path}/cancel`)).status, 409);
    const running = await start(service);
    await service.call("POST", `${running.path}/complete`, { status: "succeeded" }, running.lease);
    assert.equal((await service.call("POST", `${running.path}/cancel`)).status, 409);
    assert.equal((await service.call("POST", `${STACK}/update/none/cancel`)).status, 404);
  });

  it("takes a repeated checkpoint and a repeated completion, but no other end", async () => {
    const running = await start(service);
    for (let time = 0; time < 2; time++) {
      assert.equal(
        (await service.call("PATCH", `${running.path}/checkpoint`, checkpoint, running.lease)).status,
        204,
      );
    }
    const end = (status: string) =>
      service.call("POST", `${running.path}/complete`, { status }, running.lease);
    assert.equal((await end("succeeded")).status, 204);
    assert.equal((await end("succeeded")).status, 204);
    assert.equal((await end("failed")).status, 403);
    assert.equal((await service.call("POST", running.path, {})).status, 409);
  });

  it("outlives a restart of the sandbox", async () => {
    const running = await start(service);
    await service.restart();
    assert.equal((await tryStart()).status, 409);
    assert.equal(
      (await service.call("PATCH", `${running.path}/checkpoint`, checkpoint, running.lease)).status,
      204,
    );
    assert.equal(
      (await service.call("POST", `${running.path}/complete`, { status: "succeeded" }, running.lease)).status,
      204,
    );
    assert.equal((await tryStart()).status, 200);
  });

  it("gives the lock to exactly one of many that start at once", async () => {
    const paths = await Promise.all(Array.from({ length: 8 }, () => create(service)));
    const replies = await Promise.all(paths.map((path) => service.call("POST", path, {})));
    assert.deepEqual(replies.map(({ status }) => status).sort(), [
      200,
      ...Array.from({ length: 7 }, () => 409),
    ]);
  });
});
