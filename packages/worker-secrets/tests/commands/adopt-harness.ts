import assert from "node:assert/strict";
import * as fc from "fast-check";
import { type Answered, ask } from "../../../../tests/helpers/fixture.ts";
import { enginePath } from "../../../../tests/helpers/world.ts";
import { startStandIns } from "../../../sandbox/src/providers/index.ts";
import { type HostedStack, hostStack } from "../../src/cli/engine/stack-host.ts";
import { CANARY, openProject, type WsProject } from "./ws-project.ts";

/** A request that only reads: the same state has to give the same answer, byte for byte. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** By the script's own name when absent. */
  readonly host: string | undefined;
}

export const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

export function requests(
  paths: readonly string[],
  hosts: readonly (string | undefined)[],
  methods = ["GET", "HEAD", "OPTIONS"],
) {
  const word = fc.stringMatching(/^[a-z0-9]{0,8}$/);
  const path = fc.tuple(
    fc.constantFrom(...paths),
    word,
    fc.option(fc.tuple(word, fc.string()), { nil: undefined }),
  );
  return fc.record({
    method: fc.constantFrom(...methods),
    path: path.map(([base, rest, query]) =>
      query === undefined ? `${base}${rest}` : `${base}${rest}?${new URLSearchParams([query])}`,
    ),
    headers: fc.dictionary(fc.constantFrom("x-test", "accept", "accept-language", "if-none-match"), word, {
      maxKeys: 2,
    }),
    host: fc.constantFrom(...hosts),
  });
}

export const sample = (one: fc.Arbitrary<Request>, numRuns = 60) => fc.sample(one, { numRuns, seed: SEED });

/** What the tests of adoption have in common; `closers` are run, last first, when the file is done. */
export function adoption(closers: (() => Promise<unknown>)[]) {
  const open = async (name: string): Promise<WsProject> => {
    const project = await openProject(name);
    closers.push(project.close);
    return project;
  };
  const host = async (project: WsProject, name: string): Promise<HostedStack> => {
    const { description } = project.sandbox;
    const { CLOUDFLARE_API_TOKEN: _, CLOUDFLARE_ACCOUNT_ID: __, ...clouds } = description.env;
    const standIns = await startStandIns({
      environment: () => ({ ...clouds, CLOUDFLARE_API_TOKEN: process.env.CLOUDFLARE_API_TOKEN ?? "" }),
    });
    closers.push(standIns.close);
    const { organization } = description.pulumi;
    const env = { ...clouds, ...standIns.env };
    const hosted = await hostStack({
      project: name,
      stack: "dev",
      organization,
      root: project.root,
      engine: enginePath(),
      env,
    });
    closers.push(hosted.close);
    return hosted;
  };
  /** The Worker entries hold absolute folders here: the program that runs is this repository's own. */
  const listed = (project: WsProject, directories: readonly string[]) =>
    project.write(
      "Pulumi.dev.yaml",
      `# kept\nconfig:\n  worker-secrets:workers: ${JSON.stringify(directories)}\n`,
    );
  const answers = async (
    project: WsProject,
    script: string,
    all: readonly Request[],
  ): Promise<Answered[]> => {
    const url = project.sandbox.description.workers.url;
    const found: Answered[] = [];
    for (const { host: at, ...one } of all)
      found.push(await ask(url, script, { ...one, ...(at === undefined ? {} : { host: at }) }));
    // An asset's ETag is made of the uploader's own hash of the file, which wrangler and the provider make differently; and
    // whether it came out of a cache is nothing of the Worker's.
    return found.map(({ headers: { etag: _, "cf-cache-status": __, ...headers }, ...rest }) => ({
      ...rest,
      headers,
    }));
  };
  /** `up`, and then nothing is left to do; and what requests to each script see is what they saw; gives that. */
  const unchanged = async (
    project: WsProject,
    name: string,
    asked: ReadonlyMap<string, readonly Request[]>,
    why = "",
  ) => {
    const before = new Map<string, Answered[]>();
    for (const [script, all] of asked) before.set(script, await answers(project, script, all));
    const hosted = await host(project, name);
    const { text } = await hosted.up();
    assert.ok(!text.includes(CANARY), "up printed a value");
    const { changes, text: again } = await hosted.preview();
    assert.deepEqual(Object.keys(changes), ["same"], `${again}\n${why}`);
    for (const [script, all] of asked)
      assert.deepEqual(
        await answers(project, script, all),
        before.get(script),
        `${script}, SEED=${SEED}\n${why}`,
      );
    assert.ok(!JSON.stringify(await project.client.exportStack(name, "dev")).includes(CANARY));
    return before;
  };
  return { open, listed, unchanged };
}
