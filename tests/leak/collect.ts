import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { constants, gunzipSync } from "node:zlib";
import type { Ended } from "../helpers/process.ts";
import type { Findings, Place } from "./findings.ts";
import type { Scene } from "./scene.ts";
import type { Watched } from "./watcher.ts";

/** Both streams of a command that has ended. */
export function lookAtRun(findings: Findings, place: Place, title: string, { stdout, stderr }: Ended): void {
  findings.look(place, title, stdout);
  findings.look(place, `${title}, standard error`, stderr);
}

/** What processes and temporary files there were. */
export function lookAtWatched(findings: Findings, scene: Scene, { processes, files }: Watched): void {
  for (const { name, arguments: given, environment } of processes) {
    findings.add("arguments", name, given.hits, given.bytes);
    findings.add("environment", name, [], environment.bytes);
    for (const { variable, ...hit } of environment.variables)
      findings.add("environment", `${name} ${variable}`, [hit], 0);
  }
  for (const { path, hits, bytes } of files)
    findings.add("temporary", relative(scene.folders.temporary, path), hits, bytes);
}

/** The sandbox, from inside and from outside, as it stands. */
export async function lookAtSandbox(findings: Findings, scene: Scene): Promise<void> {
  await lookAtStacks(findings, scene);
  lookAtRows(findings, scene);
  lookAtFolder(findings, "data", scene.folders.data);
}

/** What is on disk when all is over, and what the sandbox has printed. */
export function lookAtTheRest(findings: Findings, scene: Scene): void {
  const { temporary, home, project, cache, npm } = scene.folders;
  lookAtFolder(findings, "left", temporary);
  lookAtFolder(findings, "home", home);
  lookAtFolder(findings, "project", project);
  if (existsSync(cache)) lookAtFolder(findings, "cache", cache);
  lookAtFolder(findings, "npm", join(npm, "_logs"));
  findings.look("sandbox", "its output", scene.sandboxOutput());
}

/** Looks into every file below a folder, unpacked too, and at its path. Links are not followed. */
function lookAtFolder(findings: Findings, place: Place, folder: string, from = folder): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) lookAtFolder(findings, place, path, from);
    else if (entry.isFile()) {
      const bytes = readFileSync(path);
      const parts = [Buffer.from(`${path}\n`), bytes, unpacked(bytes)];
      findings.look(place, relative(from, path), Buffer.concat(parts));
    }
  }
}

/** What a gzip file holds, as the engine's log of a command without a stack is one; of one that was cut off, all there is. */
function unpacked(bytes: Buffer): Buffer {
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== 0x1f8b) return Buffer.alloc(0);
  return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
}

interface Row {
  readonly kind: string;
  readonly key: string;
  readonly value: string;
}

/** All records, read past the sandbox, while it runs. */
function rowsOf(scene: Scene): Row[] {
  const database = new DatabaseSync(join(scene.folders.data, "sandbox.sqlite"), { readOnly: true });
  try {
    return database
      .prepare("SELECT kind, key, value FROM records")
      .all()
      .map(({ kind, key, value }) => ({ kind: String(kind), key: String(key), value: String(value) }));
  } finally {
    database.close();
  }
}

function lookAtRows(findings: Findings, scene: Scene): void {
  for (const { kind, key, value } of rowsOf(scene)) findings.look("rows", kind, `${key}\n${value}`);
}

const END = "\u0000";

/** Every update of every stack, dry runs too: the API has no list of those. */
async function lookAtStacks(findings: Findings, scene: Scene): Promise<void> {
  const rows = rowsOf(scene);
  const stacks = rows
    .filter(({ kind }) => kind === "stacks")
    .map(({ value }) => JSON.parse(value) as { id: string; project: string; name: string; version: number });
  for (const { id, project, name, version } of stacks) {
    const path = `/api/stacks/${scene.sandbox.pulumi.organization}/${project}/${name}`;
    for (let each = 1; each <= version; each++)
      findings.look("state", `${name}, version ${each}`, await get(scene, `${path}/export/${each}`));
    findings.look("state", name, await get(scene, `${path}/export`));
    findings.look("state", `${name}, history`, await get(scene, `${path}/updates?output-type=service`));
    const updates = rows.filter(({ kind, key }) => kind === "updates" && key.startsWith(id + END));
    for (const { key } of updates) {
      const events = `${path}/update/${key.split(END)[1]}/events`;
      findings.look("events", `${name}, an update`, await pages(scene, events));
    }
  }
}

/** Until a page is empty: of an update that runs, there is always a next one. */
async function pages(scene: Scene, path: string): Promise<string> {
  let all = "";
  for (let token = "0"; ; ) {
    const text = await get(scene, `${path}?continuationToken=${token}`);
    all += text;
    const page = JSON.parse(text) as { events: unknown[]; continuationToken?: string };
    if (page.continuationToken === undefined || page.events.length === 0) return all;
    token = page.continuationToken;
  }
}

async function get({ sandbox }: Scene, path: string): Promise<string> {
  const { url, token } = sandbox.pulumi;
  const answer = await fetch(url + path, { headers: { authorization: `token ${token}` } });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.text();
}
