import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "mocha";
import { type Service, startService } from "./pulumi-harness.ts";

const ORG = "/api/esc/environments/acme";

describe("sandbox, Pulumi half: single secrets of an Environment", () => {
  const canary = `canary-${randomUUID()}`;
  let service: Service;
  before(async () => {
    service = await startService();
    for (const name of ["own", "other"]) await service.call("POST", ORG, { project: "shop", name });
  });
  after(() => service.close());

  const encrypt = async (plaintexts: readonly string[]) =>
    (await service.call("POST", `${ORG}/shop/own/encrypt-secrets`, { plaintexts })).body
      .ciphertexts as string[];
  const decrypt = (name: string, ciphertexts: readonly string[]) =>
    service.call("POST", `${ORG}/shop/${name}/decrypt-secrets`, { ciphertexts });

  it("are encrypted and decrypted in order", async () => {
    const ciphertexts = await encrypt([canary, "", "ünïcode"]);
    assert.equal(JSON.stringify(ciphertexts).includes(canary), false);
    assert.deepEqual((await decrypt("own", ciphertexts)).body, { plaintexts: [canary, "", "ünïcode"] });
  });

  it("are what a definition holds", async () => {
    const [ciphertext] = await encrypt([canary]);
    const definition = `values: {key: {fn::secret: {ciphertext: ${ciphertext}}}}`;
    assert.equal((await service.call("PATCH", `${ORG}/shop/own`, definition)).status, 200);
    const opened = await service.call("POST", `${ORG}/shop/own/open`);
    const read = await service.call("GET", `${ORG}/shop/own/open/${String(opened.body.id)}?property=key`);
    assert.equal(read.body.value, canary);
  });

  it("of another Environment, or damaged ones, are refused by their place, without their text", async () => {
    const [good = ""] = await encrypt([canary]);
    const stranger = await decrypt("other", [good]);
    assert.equal(stranger.status, 400);
    const damaged = await decrypt("own", [good, "bm90IG9uZQ=="]);
    assert.equal(damaged.body.message, "Bad Request: ciphertexts[1] is not a secret of this environment");
  });
});
