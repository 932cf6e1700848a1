import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "mocha";
import { environmentCalls, ORG, revision, values } from "./pulumi-environments-harness.ts";
import { type Service, startService } from "./pulumi-harness.ts";

describe("sandbox, Pulumi half: Environments", () => {
  let service: Service;
  before(async () => {
    service = await startService();
  });
  after(() => service.close());
  const { make, open } = environmentCalls(() => service);

  describe("definitions", () => {
    it("begin empty, at revision 1, once", async () => {
      const path = await make("first");
      const read = await service.call("GET", path);
      assert.deepEqual([read.status, read.text, revision(read)], [200, "", "1"]);
      assert.equal(read.headers.get("content-type"), "application/x-yaml");
      assert.equal((await service.call("POST", ORG, { project: "shop", name: "first" })).status, 409);
      assert.equal(
        (await service.call("POST", ORG, { project: "shop" })).body.message,
        "Bad Request: name is missing",
      );
      assert.equal((await service.call("POST", ORG, { project: "a b", name: "x" })).status, 400);
    });

    it("are replaced by PATCH, each time a new revision, and answered with an empty object", async () => {
      const path = await make("patched");
      for (const expected of ["2", "3"]) {
        const reply = await service.call("PATCH", path, "values: {a: 1} # why\n");
        assert.deepEqual([reply.status, reply.text, revision(reply)], [200, "{}", expected]);
      }
      const head = await service.call("HEAD", path);
      assert.deepEqual([head.status, head.text, revision(head)], [200, "", "3"]);
      assert.equal((await service.call("GET", path)).text, "values: {a: 1} # why\n");
      assert.equal((await service.call("GET", `${path}/versions/1`)).text, "");
      assert.equal((await service.call("GET", `${path}/versions/4`)).status, 404);
    });

    it("are replaced and deleted only as they were read, when the client says so", async () => {
      const path = await make("tagged");
      const tag = String((await service.call("GET", path)).headers.get("etag"));
      const patch = (headers: Record<string, string>) =>
        service.call("PATCH", path, "values: {}", { headers });
      const first = await patch({ etag: tag });
      assert.equal(first.status, 200);
      const stale = await patch({ etag: tag });
      assert.deepEqual([stale.status, stale.body.code], [409, 409]);
      assert.equal((await patch({ "if-match": tag })).status, 409);
      const fresh = String(first.headers.get("etag"));
      assert.equal((await patch({ "if-match": fresh.replaceAll('"', "") })).status, 200);
      assert.equal((await patch({})).status, 200);
      for (const [header, given, status] of [
        ["etag", tag, 409],
        ["if-match", tag, 409],
        ["if-match", String((await service.call("GET", path)).headers.get("etag")), 200],
      ] as const) {
        const deleted = await service.call("DELETE", path, undefined, { headers: { [header]: given } });
        assert.equal(deleted.status, status, header);
      }
      await make("tagged");
      assert.equal((await patch({ etag: tag })).status, 409);
    });

    it("are refused when wrong, with diagnostics that say where", async () => {
      const path = await make("wrong");
      const reply = await service.call("PATCH", path, "values:\n  a: ${nope}\n");
      assert.deepEqual([reply.status, reply.body.code], [400, 400]);
      const [first] = reply.body.diagnostics as {
        summary: string;
        range: { environment: string; begin: { line: number } };
      }[];
      assert.match(String(first?.summary), /unknown property "nope"/);
      assert.deepEqual([first?.range.environment, first?.range.begin.line], ["shop/wrong", 2]);
      assert.equal(revision(await service.call("GET", path)), "1");
    });

    it("are not found by another name", async () => {
      for (const [method, path] of [
        ["GET", `${ORG}/shop/none`],
        ["PATCH", `${ORG}/shop/none`],
        ["POST", `${ORG}/shop/none/open`],
        ["GET", "/api/esc/environments/other/shop/first"],
      ] as const) {
        assert.equal(
          (await service.call(method, path, method === "GET" ? undefined : "{}")).status,
          404,
          path,
        );
      }
    });

    it("are listed both ways, page by page", async () => {
      const names = async (path: string) =>
        ((await service.call("GET", path)).body.environments as { name: string }[]).map(({ name }) => name);
      const all = await names(ORG);
      assert.ok(all.includes("first"));
      assert.deepEqual(await names("/api/esc/environments?organization=acme"), all);
      const page = (await service.call("GET", `${ORG}?maxResults=1`)).body;
      assert.equal(page.nextToken, "1");
      assert.deepEqual(await names(`${ORG}?continuationToken=1`), all.slice(1));
      const [one] = (await service.call("GET", ORG)).body.environments as Record<string, unknown>[];
      const metadata = (await service.call("GET", `${ORG}/shop/${String(one?.name)}/metadata`)).body;
      assert.equal(metadata.id, one?.id);
    });
  });

  describe("secrets", () => {
    const canary = `canary-${randomUUID()}`;

    it("are stored in ciphertext form and come back by decrypt only", async () => {
      const path = await make("secret", `values:\n  # kept\n  key:\n    fn::secret: ${canary}\n`);
      const stored = (await service.call("GET", path)).text;
      assert.match(stored, /# kept\n {2}key:\n {4}fn::secret:\n {6}ciphertext: ZXNje/);
      for (const from of [path, `${path}/versions/2`]) {
        assert.match(
          (await service.call("GET", `${from}/decrypt`)).text,
          new RegExp(`fn::secret: ${canary}`),
        );
      }
      // What was read can be written back as it is.
      assert.equal((await service.call("PATCH", path, stored)).status, 200);
      assert.equal((await service.call("GET", path)).text, stored);
      const read = await open(`${path}/open`);
      assert.deepEqual(values(await read()), { key: canary });
    });

    it("of another Environment are of no use", async () => {
      const stored = (await service.call("GET", `${ORG}/shop/secret`)).text;
      const path = await make("thief", stored);
      assert.equal((await service.call("POST", `${path}/open`)).status, 400);
      assert.equal((await service.call("POST", `${ORG}/yaml/open`, stored)).status, 400);
    });

    it("are sealed anew in a clone", async () => {
      const clone = await service.call("POST", `${ORG}/shop/secret/clone`, {
        project: "copies",
        name: "secret",
      });
      assert.equal(clone.status, 204);
      const read = await open(`${ORG}/copies/secret/open`);
      assert.deepEqual(values(await read()), { key: canary });
      const source = (await service.call("GET", `${ORG}/shop/secret`)).text;
      assert.notEqual((await service.call("GET", `${ORG}/copies/secret`)).text, source);
      assert.equal((await service.call("POST", `${ORG}/shop/secret/clone`, { name: "secret" })).status, 409);
    });

    it("are never in clear on disk, open sessions and restarts included", async () => {
      await service.call("POST", `${ORG}/yaml/open`, `values: {key: {fn::secret: ${canary}}}`);
      const isThere = () => {
        const disk = service.bytesOnDisk();
        return disk.includes(canary) || disk.includes(Buffer.from(canary).toString("base64"));
      };
      assert.equal(isThere(), false);
      await service.restart();
      assert.equal(isThere(), false);
      const read = await open(`${ORG}/shop/secret/open`);
      assert.deepEqual(values(await read()), { key: canary });
    });
  });

  describe("revisions", () => {
    let path: string;
    before(async () => {
      path = await make("history", "values: {n: 2}");
      await service.call("PATCH", path, "values: {n: 3}");
    });
    const numbers = async (query = "") =>
      (JSON.parse((await service.call("GET", `${path}/versions${query}`)).text) as { number: number }[]).map(
        ({ number }) => number,
      );

    it("are listed newest first, from before a number", async () => {
      assert.deepEqual(await numbers(), [3, 2, 1]);
      assert.deepEqual(await numbers("?before=0&count=2"), [3, 2]);
      assert.deepEqual(await numbers("?before=2&count=500"), [1]);
      assert.deepEqual(await numbers("?before=1&count=500"), []);
    });

    it("have tags that stay, and 'latest' that moves", async () => {
      const tags = `${path}/versions/tags`;
      assert.equal((await service.call("POST", tags, { name: "prod", revision: 2 })).status, 204);
      assert.equal((await service.call("POST", tags, { name: "prod" })).status, 409);
      assert.equal((await service.call("POST", tags, { name: "latest" })).status, 409);
      assert.equal((await service.call("POST", tags, { name: "1st" })).status, 400);
      assert.equal((await service.call("POST", tags, { name: "far", revision: 99 })).status, 400);
      const list = async (query: string) =>
        (
          (await service.call("GET", `${tags}${query}`)).body.tags as { name: string; revision: number }[]
        ).map(({ name, revision: number }) => [name, number]);
      assert.deepEqual(await list(""), [
        ["latest", 3],
        ["prod", 2],
      ]);
      assert.deepEqual(await list("?after=prod&count=500"), []);
      assert.equal((await service.call("GET", `${path}/versions/prod`)).text, "values: {n: 2}");
      const read = await open(`${path}/versions/prod/open`);
      assert.deepEqual(values(await read()), { n: 2 });
      // The CLI takes 404 for a tag to be made, so only a tag that is not there is one.
      for (const [tag, revision, status] of [
        ["prod", 99, 400],
        ["prod", -1, 400],
        ["far", 99, 404],
        ["prod", 3, 204],
      ] as const) {
        const moved = await service.call("PATCH", `${tags}/${tag}`, { revision });
        assert.equal(moved.status, status, `${tag} ${revision}`);
      }
      assert.equal((await service.call("GET", `${tags}/prod`)).body.revision, 3);
      assert.equal((await service.call("DELETE", `${tags}/latest`)).status, 400);
      assert.equal((await service.call("DELETE", `${tags}/prod`)).status, 204);
      assert.equal((await service.call("GET", `${tags}/prod`)).status, 404);
    });

    it("can be retracted, but not the latest", async () => {
      assert.equal(
        (await service.call("POST", `${path}/versions/2/retract`, { reason: "leaked" })).status,
        204,
      );
      assert.equal((await service.call("POST", `${path}/versions/3/retract`, {})).status, 400);
      const [, second] = JSON.parse((await service.call("GET", `${path}/versions`)).text) as {
        retracted?: { reason: string; replacement: number };
      }[];
      assert.deepEqual([second?.retracted?.reason, second?.retracted?.replacement], ["leaked", 3]);
    });
  });

  describe("tags and settings", () => {
    it("of an Environment are kept, changed and paged", async () => {
      const path = `${await make("labels")}/tags`;
      assert.equal((await service.call("POST", path, { name: "a", value: "1" })).body.value, "1");
      assert.equal((await service.call("POST", path, { name: "a", value: "1" })).status, 409);
      await service.call("POST", path, { name: "b", value: "2" });
      const page = (await service.call("GET", `${path}?after=&count=1`)).body;
      assert.deepEqual([Object.keys(page.tags as object), page.nextToken], [["a"], "1"]);
      assert.equal((await service.call("GET", `${path}?after=1&count=1`)).body.nextToken, "0");
      const change = (value: string) =>
        service.call("PATCH", `${path}/a`, { currentTag: { value }, newTag: { name: "c", value: "3" } });
      assert.equal((await change("other")).status, 409);
      assert.equal((await change("1")).body.name, "c");
      assert.equal((await service.call("GET", `${path}/a`)).status, 404);
      assert.equal((await service.call("DELETE", `${path}/c`)).status, 204);
      assert.deepEqual((await service.call("GET", `${ORG}/tags`)).body, { b: ["2"] });
    });

    it("protect from deletion", async () => {
      const path = await make("protected");
      assert.deepEqual((await service.call("GET", `${path}/settings`)).body, { deletionProtected: false });
      await service.call("PATCH", `${path}/settings`, { deletionProtected: true });
      const refused = await service.call("DELETE", path);
      assert.deepEqual([refused.status, refused.body.code], [409, 409]);
      await service.call("PATCH", `${path}/settings`, { deletionProtected: false });
      assert.equal((await service.call("DELETE", path)).status, 200);
      assert.equal((await service.call("DELETE", path)).status, 404);
    });
  });
});
