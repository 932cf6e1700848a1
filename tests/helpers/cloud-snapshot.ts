import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { scriptStamps } from "../../packages/worker-secrets/src/api/cloudflare-token.ts";
import { accountTokens } from "../../packages/worker-secrets/src/api/cloudflare-tokens.ts";
import { environmentsOf } from "../../packages/worker-secrets/src/api/pulumi-catalog.ts";
import type { World } from "./world.ts";

/** Everything that a command could change, by what an effect calls it, each with a text that is another after a change. */
export type Snapshot = ReadonlyMap<string, string>;

/** The Environments, stacks, Workers and tokens of the sandbox, and the files of a project's folder. */
export async function snapshot(
  { sandbox, client }: Pick<World, "sandbox" | "client">,
  project: string,
  root: string,
): Promise<Snapshot> {
  const { pulumi, cloudflare } = sandbox.description;
  const found = new Map<string, string>();
  for (const name of await environmentsOf(pulumi, pulumi.organization, project)) {
    const { revision, yaml } = (await client.environment(name)) ?? {};
    found.set(`Environment ${name}`, `${revision} ${yaml}`);
  }
  const listed = await fetch(`${pulumi.url}/api/user/stacks?project=${project}`, {
    headers: { authorization: `token ${pulumi.token}` },
  });
  for (const { stackName } of ((await listed.json()) as { stacks: { stackName: string }[] }).stacks) {
    const state = Object(await client.exportStack(project, stackName));
    const resources = (state.resources ?? []) as Resource[];
    found.set(
      `stack ${pulumi.organization}/${project}/${stackName}`,
      JSON.stringify(recorded(resources), withoutCiphertext),
    );
  }
  const { url, accountId, token } = cloudflare;
  for (const [name, stamp] of await scriptStamps(url, accountId, token)) found.set(`Worker '${name}'`, stamp);
  for (const { id, name } of await accountTokens(url, accountId, token).list(""))
    found.set(`token ${id} '${name}'`, "");
  for (const file of readdirSync(root, { recursive: true, encoding: "utf8" }))
    if (statSync(join(root, file)).isFile()) found.set(file, readFileSync(join(root, file), "utf8"));
  return found;
}

/** What two snapshots have otherwise, by its name, with the texts around the first difference. */
export function changes(before: Snapshot, after: Snapshot): ReadonlyMap<string, string> {
  const names = new Set([...before.keys(), ...after.keys()]);
  const changed = [...names].filter((name) => before.get(name) !== after.get(name));
  return new Map(changed.map((name) => [name, `${name}: ${excerpts(before.get(name), after.get(name))}`]));
}

function excerpts(before = "(absent)", after = "(absent)"): string {
  let at = 0;
  while (at < before.length && before[at] === after[at]) at++;
  const [was, is] = [before, after].map((text) => text.slice(Math.max(0, at - 80), at + 160));
  return `was …${was}…, is …${is}…`;
}

interface Resource extends Readonly<Record<string, unknown>> {
  readonly urn: string;
  readonly type: string;
}

const STACK = "pulumi:pulumi:Stack";

/**
 * What a state says of the clouds, and the stack's outputs. By URN: an update that is refused in the middle writes the
 * resources that it has passed in another order, and changes nothing.
 */
function recorded(resources: readonly Resource[]): readonly unknown[] {
  return resources
    .filter(
      ({ custom, type }) => (custom === true && !type.startsWith("pulumi:providers:")) || type === STACK,
    )
    .map(({ urn, type, id, inputs, protect, outputs }) =>
      type === STACK ? [urn, outputs] : [urn, id, inputs, protect],
    )
    .toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1));
}

/** The engine encrypts each secret again in every update, also one that stays the same. */
function withoutCiphertext(key: string, value: unknown): unknown {
  return key === "ciphertext" ? "" : value;
}
