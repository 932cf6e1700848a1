import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "mocha";
import { createStack, type Service, STACK, startService } from "./pulumi-harness.ts";

/** Deployment settings and schedules: kept and read back as the pulumiservice provider maps them, never carried out. */
describe("sandbox, Pulumi half: deployments", () => {
  const canary = `canary-${randomUUID()}`;
  const settings = `${STACK}/deployments/settings`;
  const schedules = `${STACK}/deployments/schedules`;
  let service: Service;
  before(async () => {
    service = await startService();
    await createStack(service);
  });
  after(() => service.close());

  it("want settings before a schedule", async () => {
    assert.equal((await service.call("GET", settings)).status, 404);
    const refused = await service.call("POST", `${STACK}/deployments/drift/schedules`, {
      scheduleCron: "0 4 * * *",
    });
    assert.deepEqual(
      [refused.status, refused.body.message],
      [400, "Bad Request: Stack does not have deployment settings configured"],
    );
  });

  it("replace, patch, read back and delete settings, and never give a secret in clear", async () => {
    const wanted = {
      sourceContext: { git: { repoUrl: "https://example.test/shop.git", branch: "main", gitAuth: null } },
      operationContext: {
        environmentVariables: { KEY: { secret: canary }, PLAIN: "visible" },
        preRunCommands: ["echo hello"],
      },
    };
    const put = await service.call("PUT", settings, wanted);
    assert.equal(put.status, 200, put.text);
    const { body, text } = await service.call("GET", settings);
    assert.deepEqual(put.body, body);
    assert.equal(text.includes(canary) || service.bytesOnDisk().includes(canary), false);
    const { environmentVariables: variables } = body.operationContext as {
      environmentVariables: { KEY: { secret: string }; PLAIN: string };
    };
    assert.equal(variables.PLAIN, "visible");
    assert.notEqual(variables.KEY.secret, "");
    assert.deepEqual(body.sourceContext, {
      git: { repoUrl: "https://example.test/shop.git", branch: "main" },
    });
    // What was read may be sent again: a ciphertext stays what it is.
    const again = await service.call("POST", settings, {
      operationContext: { environmentVariables: variables, preRunCommands: null },
      gitHub: { deployCommits: true },
    });
    assert.equal(again.status, 200, again.text);
    assert.deepEqual(again.body, {
      ...body,
      operationContext: { environmentVariables: variables },
      gitHub: { deployCommits: true },
      version: 2,
    });
    for (const wrong of [{ nonsense: 1 }, { operationContext: { operation: "dance" } }, { tag: 1 }]) {
      assert.equal((await service.call("PUT", settings, wrong)).status, 400);
    }
    const encrypted = await service.call("POST", `${settings}/encrypt`, { secret: canary });
    assert.equal(encrypted.status === 200 && !encrypted.text.includes(canary), true);
  });

  it("take a variable for a variable, whatever its name", async () => {
    const variables = { FOO: "plain", secret: "hello", ciphertext: "x", BAR: { secret: canary } };
    const wanted = { operationContext: { environmentVariables: variables } };
    const { status, body, text } = await service.call("PUT", settings, wanted);
    assert.equal(status, 200, text);
    const kept = (body.operationContext as { environmentVariables: typeof variables }).environmentVariables;
    assert.deepEqual({ ...kept, BAR: variables.BAR }, variables);
    assert.notEqual(kept.BAR.secret, canary);
    // A variable may have the name of the map itself.
    const nested = { environmentVariables: { environmentVariables: { secret: canary } } };
    const sealed = await service.call("PUT", settings, { operationContext: nested });
    assert.deepEqual([sealed.status, sealed.text.includes(canary)], [200, false]);
  });

  it("keep schedules of each kind, and say that they never run", async () => {
    const drift = await service.call("POST", `${STACK}/deployments/drift/schedules`, {
      scheduleCron: "0 4 * * *",
      autoRemediate: true,
    });
    assert.equal(drift.status, 200, drift.text);
    assert.match(drift.headers.get("x-pulumi-warning") ?? "", /never runs/);
    const read = async (id: unknown) => (await service.call("GET", `${schedules}/${String(id)}`)).body;
    assert.deepEqual(await read(drift.body.id), drift.body);
    const options = (body: Readonly<Record<string, unknown>>) =>
      (body.definition as { request: { operation: string; operationContext: { options: object } } }).request;
    assert.deepEqual(options(drift.body).operationContext.options, { remediateIfDriftDetected: true });
    assert.equal(options(drift.body).operation, "detect-drift");
    const changed = await service.call(
      "POST",
      `${STACK}/deployments/drift/schedules/${String(drift.body.id)}`,
      {
        scheduleCron: "0 5 * * *",
      },
    );
    assert.equal((await read(drift.body.id)).scheduleCron, "0 5 * * *");
    assert.equal(changed.body.id, drift.body.id);

    const ttl = await service.call("POST", `${STACK}/deployments/ttl/schedules`, {
      timestamp: "2035-01-02T03:04:05Z",
      deleteAfterDestroy: true,
    });
    assert.equal((await read(ttl.body.id)).scheduleOnce, "2035-01-02 03:04:05");
    assert.equal(options(ttl.body).operation, "destroy");

    const raw = await service.call("POST", schedules, {
      scheduleCron: "0 0 * * 0",
      request: { operation: "update", operationContext: { environmentVariables: { K: { secret: canary } } } },
    });
    assert.equal(raw.status, 200, raw.text);
    assert.equal(raw.text.includes(canary) || service.bytesOnDisk().includes(canary), false);
    const listed = (await service.call("GET", schedules)).body.schedules as { id: string }[];
    assert.equal(listed.length, 3);

    assert.equal((await service.call("POST", `${schedules}/${String(raw.body.id)}/pause`)).status, 200);
    assert.equal((await read(raw.body.id)).paused, true);
    assert.equal((await service.call("POST", `${schedules}/${String(raw.body.id)}/resume`)).status, 200);
    assert.equal((await read(raw.body.id)).paused, false);
    for (const [path, body] of [
      [schedules, {}],
      [schedules, { scheduleCron: "often" }],
      [schedules, { scheduleCron: "foo bar 99 99 99" }],
      [schedules, { scheduleCron: "0 0 * * 8" }],
      [`${STACK}/deployments/drift/schedules`, { scheduleCron: "60 4 * * *" }],
      [schedules, { scheduleCron: "0 0 * * 0", scheduleOnce: "2035-01-02T03:04:05Z" }],
      [`${STACK}/deployments/ttl/schedules`, {}],
      [`${STACK}/deployments/ttl/schedules`, { timestamp: "soon" }],
      [`${STACK}/deployments/ttl/schedules`, { timestamp: "2020-01-02T03:04:05Z" }],
      [`${STACK}/deployments/ttl/schedules/${String(ttl.body.id)}`, { timestamp: "2020-01-02T03:04:05Z" }],
      [schedules, { scheduleOnce: "2020-01-02T03:04:05Z" }],
    ] as const) {
      assert.equal((await service.call("POST", path, body)).status, 400, JSON.stringify(body));
    }
    assert.equal((await service.call("DELETE", `${schedules}/${String(raw.body.id)}`)).status, 200);
    assert.equal((await service.call("GET", `${schedules}/${String(raw.body.id)}`)).status, 404);
    for (const scheduleCron of ["*/5 0-6 1,15 jan-JUN MON-FRI", " 0 4 * * 7 "]) {
      const fits = await service.call("POST", schedules, { scheduleCron });
      assert.equal(fits.status, 200, scheduleCron);
    }
  });

  it("may be deleted again: what is gone is no error, a stack that is not there is", async () => {
    const { id } = (await service.call("POST", schedules, { scheduleCron: "0 0 * * 0" })).body;
    for (const time of ["first", "second"])
      assert.equal((await service.call("DELETE", `${schedules}/${String(id)}`)).status, 200, time);
    const nowhere = "/api/stacks/acme/shop/nobody/deployments/schedules";
    assert.equal((await service.call("DELETE", `${nowhere}/${String(id)}`)).status, 404);
  });

  it("run nothing: what would, says so", async () => {
    const refused = await service.call("POST", `${STACK}/deployments`, { operation: "update" });
    assert.equal(refused.status, 501);
    assert.match(String(refused.body.message), /not in the sandbox/);
  });

  it("go with their settings, and with their stack", async () => {
    assert.equal((await service.call("DELETE", settings)).status, 200);
    assert.equal((await service.call("DELETE", settings)).status, 404);
    await service.call("DELETE", `${STACK}?forceDestroy=true`);
    await createStack(service);
    assert.deepEqual((await service.call("GET", schedules)).body.schedules, []);
  });
});
