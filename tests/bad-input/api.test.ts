import assert from "node:assert/strict";
import { join } from "node:path";
import { openWorld, type World } from "../helpers/world.ts";
import { type ApiRow, cloudflareRows, pulumiRows, upload } from "./api-rows.ts";
import { environmentRows } from "./environment-rows.ts";
import { assertQuiet, CANARY, digestOfRecords } from "./row.ts";

describe("bad input through the sandbox's APIs", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    const { client } = world;
    for (const name of ["kept/one", "kept/other"]) await client.createEnvironment(name);
    await client.updateEnvironment("kept/one", "values:\n  kept: true\n");
    await client.updateEnvironment(
      "kept/other",
      `values:\n  plain: 1\n  secret: {fn::secret: ${CANARY}other}\n`,
    );
    await client.createStack("kept", "dev");
    assert.equal((await upload("kept")(world)).status, 200);
  });
  after(() => world?.close());

  /** Sends it; whatever is refused must leave every record of the sandbox as it is. */
  const refused = async ({
    send,
    status,
    code,
  }: Pick<ApiRow, "send" | "status" | "code">): Promise<Answer> => {
    const data = join(world.folder, "data");
    const before = digestOfRecords(data);
    const response = await send(world);
    const text = await response.text();
    assert.equal(response.status, status, text);
    assert.match(response.headers.get("content-type") ?? "", /application\/json/);
    assertQuiet(text);
    assert.equal(digestOfRecords(data), before, "something changed");
    const answer = JSON.parse(text) as Answer;
    assert.equal(answer.code ?? answer.errors?.[0]?.code, code, text);
    return answer;
  };

  for (const row of cloudflareRows)
    it(`Cloudflare: ${row.title}`, async () => assert.equal(textOf(await refused(row)), row.text));
  for (const row of pulumiRows)
    it(`Pulumi Cloud: ${row.title}`, async () => assert.equal(textOf(await refused(row)), row.text));
  for (const { title, yaml, text } of environmentRows)
    it(`Environment: ${title}`, async () => {
      const { pulumi } = world.sandbox.description;
      const send: ApiRow["send"] = () =>
        fetch(`${pulumi.url}/api/esc/environments/${pulumi.organization}/kept/one`, {
          method: "PATCH",
          headers: { authorization: `token ${pulumi.token}` },
          body: yaml,
        });
      const { diagnostics } = await refused({ send, status: 400, code: 400 });
      assert.equal(told(diagnostics), text);
    });
});

interface Answer {
  readonly code?: number;
  readonly message?: string;
  readonly errors?: readonly { readonly code: number; readonly message: string }[];
  readonly diagnostics?: readonly Diagnostic[];
}

interface Diagnostic {
  readonly summary: string;
  readonly range?: { readonly begin: { readonly line: number; readonly column: number } };
}

/** What an answer says, a line each: `code: message` of Cloudflare's, the message and diagnostics of Pulumi Cloud's. */
function textOf({ message, errors, diagnostics }: Answer): string {
  const lines = errors?.map((one) => `${one.code}: ${one.message}`) ?? [message ?? ""];
  return [...lines, ...(diagnostics === undefined ? [] : [told(diagnostics)])].join("\n");
}

function told(diagnostics: readonly Diagnostic[] = []): string {
  return diagnostics
    .map(
      ({ summary, range }) =>
        (range === undefined ? "" : `${range.begin.line}:${range.begin.column}: `) + summary,
    )
    .join("\n");
}
