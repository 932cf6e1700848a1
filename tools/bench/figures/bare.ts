import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { type Figure, pair } from "../measure.ts";
import { type Project, ROOT, secretName, type World } from "../world.ts";
import { preview } from "./growth.ts";

/** Scripts with ten secrets each and their subdomain settings, and nothing else: no component, no guard, no note. */
const program = (accountId: string, name: string, count: number) => `"use strict";
const pulumi = require("@pulumi/pulumi");
const { WorkersScript, WorkersScriptSubdomain } = require("@pulumi/cloudflare");
const accountId = ${JSON.stringify(accountId)};
for (let i = 0; i < ${count}; i++) {
  const script = new WorkersScript("w" + i, {
    accountId,
    scriptName: "${name}-" + i,
    mainModule: "index.js",
    content: "export default { fetch: () => new Response('Worker " + i + "') };",
    compatibilityDate: "2026-10-01",
    bindings: ${JSON.stringify(Array.from({ length: 10 }, (_, index) => secretName(index)))}.map((name) => ({
      name,
      type: "secret_text",
      text: pulumi.secret("value of " + name),
    })),
  });
  new WorkersScriptSubdomain("w" + i, { accountId, scriptName: script.scriptName, enabled: true, previewsEnabled: false });
}
`;

/**
 * What 200 Workers cost a program that does nothing but declare them: run the default way, to compare ours with; and loaded
 * as ours is, which is what the engine and the SDK ask for themselves.
 */
export async function bareFigures(
  world: World,
  ours: Project,
  runs: number,
  say: (text: string) => void,
): Promise<Figure[]> {
  const make = async (name: string, count: number, load: (project: Project) => void) => {
    say(`  ${name} …`);
    const { accountId } = world.description.cloudflare;
    const project = await world.plain(name, program(accountId, name, count));
    load(project);
    await project.pulumi("up", "--yes", "--skip-preview");
    return project;
  };
  const plain = await make("bare-200", 200, () => undefined);
  const lean = await make("lean-200", 200, loadedAsOurs);
  const one = await make("lean-1", 1, loadedAsOurs);
  return [
    await pair(
      "preview200VsBare",
      "200 scripts and their subdomain settings declared directly, run the default way",
      runs,
      () => preview(ours),
      () => preview(plain),
      "no-change preview of 200 Workers with 10 secrets each",
    ),
    await pair(
      "preview200Floor",
      "the same of one script",
      runs,
      () => preview(lean),
      () => preview(one),
      "the same 200 declared directly, loaded as this project's program is: what engine and SDK ask for themselves",
    ),
  ];
}

function loadedAsOurs({ folder, name }: Project): void {
  const preload = "packages/worker-secrets/src/preload";
  cpSync(join(ROOT, preload), join(folder, preload), { recursive: true });
  const { runtime } = parse(readFileSync(join(ROOT, "Pulumi.yaml"), "utf8")) as { runtime: unknown };
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name, runtime }));
}
