import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { Document, isMap, isScalar, isSeq, type Node, parseDocument, type YAMLMap, type YAMLSeq } from "yaml";
import { noteEffect } from "../../api/effects.ts";
import { FaultsError } from "../../faults.ts";

/** What adoption writes about one Worker: keys of its entry in `workers`. A list or map is added to, never shortened. */
export interface EntryChange {
  readonly scriptName?: string;
  /** The `env` block; empty for the top level. */
  readonly environment?: string;
  readonly adopt?: true;
  readonly externalSecrets?: readonly string[];
  readonly dropBindings?: readonly string[];
  /** By binding name. */
  readonly resources?: Readonly<Record<string, { readonly id: string }>>;
}

/**
 * `Pulumi.<stack>.yaml`, edited in memory: comments and whatever else is in it stay. Nothing is on disk before `write`.
 */
export class StackFile {
  readonly path: string;
  /** As messages name it. */
  readonly shownAs: string;
  /** The file was there when it was read. */
  readonly exists: boolean;
  readonly #before: string;
  readonly #document: Document;

  constructor(path: string, text: string | undefined) {
    this.path = path;
    this.shownAs = basename(path);
    this.exists = text !== undefined;
    this.#before = text ?? "";
    this.#document = parsed(this.#before, this.shownAs);
  }

  /** The Environments that the file imports, in its order; a version (`@7`) is left out. */
  imports(): string[] {
    return this.#importItems().map((item) => importName(item));
  }

  /** What the CLI opens for the stack: the list as a document with `imports`, or the definition as it stands in the file. */
  environmentDefinition(): string | undefined {
    const environment = this.#document.get("environment");
    if (isMap(environment)) return new Document(environment).toString();
    const imports = this.#importItems().map((item) => (isScalar(item) ? item.value : item));
    return imports.length === 0 ? undefined : JSON.stringify({ imports });
  }

  /**
   * Makes the file import an Environment: in the place of the first of `stale` (the other stale ones go), else at the
   * end, where it wins over those before it.
   */
  ensureImport(name: string, stale: readonly string[] = []): void {
    if (this.imports().includes(name) && stale.length === 0) return;
    const list = this.#importList() ?? this.#newImportList();
    let placed = this.imports().includes(name);
    for (let index = list.items.length - 1; index >= 0; index--) {
      if (stale.includes(importName(list.items[index]))) {
        if (placed || list.items.findIndex((item) => stale.includes(importName(item))) !== index) {
          list.delete(index);
        } else {
          list.set(index, withComments(this.#document.createNode(name), list.items[index]));
          placed = true;
        }
      }
    }
    if (!placed) list.add(this.#document.createNode(name));
  }

  /** The raw text of a config key, as the engine hands it to a program: JSON where it is structured. */
  config(namespace: string, key: string): string | undefined {
    const value: unknown = this.#document.getIn(["config", `${namespace}:${key}`]);
    if (value === undefined || value === null) return undefined;
    if (isMap(value) && value.has("secure")) return undefined;
    if (isMap(value) || isSeq(value)) return JSON.stringify(value.toJS(this.#document));
    return String(value);
  }

  /** The config keys as they are written, each with the line that it had when the file was read. */
  configKeys(): { readonly key: string; readonly line: number | undefined }[] {
    const config = this.#document.get("config");
    if (!isMap(config)) return [];
    return config.items.map(({ key }) => {
      const start = isScalar(key) ? key.range?.[0] : undefined;
      const line = start === undefined ? undefined : this.#before.slice(0, start).split("\n").length;
      return { key: String(isScalar(key) ? key.value : key), line };
    });
  }

  /** The namespaces of the config keys. */
  namespaces(): string[] {
    return [...new Set(this.configKeys().map(({ key }) => key.split(":")[0] ?? ""))];
  }

  /** Gives the keys of one namespace others, in their places. `to`: the namespace for a key's name. */
  renameNamespace(from: string, to: (name: string) => string): void {
    const config = this.#document.get("config");
    if (!isMap(config)) return;
    for (const { key } of config.items) {
      if (!isScalar(key) || !String(key.value).startsWith(`${from}:`)) continue;
      const name = String(key.value).slice(from.length + 1);
      key.value = `${to(name)}:${name}`;
    }
  }

  /** Takes a key out, and the mapping with its last one. */
  removeConfig(namespace: string, key: string): void {
    const config = this.#document.get("config");
    if (!isMap(config)) return;
    config.delete(`${namespace}:${key}`);
    if (config.items.length === 0) this.#document.delete("config");
  }

  /** How many entries `workers` has, each with its directory as it is written; `undefined` where the key is not there. */
  workerDirectories(namespace: string): string[] | undefined {
    const value: unknown = this.#document.getIn(["config", `${namespace}:workers`]);
    if (value === undefined) return undefined;
    if (!isSeq(value)) return [String(value)];
    return value.items.map((item) => (isMap(item) ? String(item.get("directory")) : String(item)));
  }

  /** Sets the list of Workers where the file has none. */
  startWorkers(namespace: string, directories: readonly string[]): void {
    this.#document.setIn(["config", `${namespace}:workers`], this.#document.createNode([...directories]));
  }

  addWorker(namespace: string, directory: string): void {
    this.#workerList(namespace).add(this.#document.createNode(directory));
  }

  /** Writes keys of one Worker's entry; one that is only a folder becomes an object with `directory`. */
  changeWorker(namespace: string, index: number, change: EntryChange): void {
    const list = this.#workerList(namespace);
    const item = list.items[index] as Node | undefined;
    const entry = isMap(item) ? item : this.#document.createNode({ directory: String(item) });
    if (entry !== item) list.set(index, withComments(entry, item));
    if (change.scriptName !== undefined) entry.set("scriptName", change.scriptName);
    if (change.environment !== undefined) entry.set("environment", change.environment);
    if (change.adopt === true) entry.set("adopt", true);
    for (const key of ["externalSecrets", "dropBindings"] as const) {
      const before = toList(entry.get(key));
      const all = [...new Set([...before, ...(change[key] ?? [])])];
      if (all.length > before.length) entry.set(key, this.#document.createNode(all));
    }
    for (const [name, source] of Object.entries(change.resources ?? {}))
      this.#document.setIn(
        ["config", `${namespace}:workers`, index, "resources", name],
        this.#document.createNode(source),
      );
  }

  /** The text as it would be written; byte for byte the old one where nothing was changed. */
  text(): string {
    const text = this.#document.toString(layoutOf(this.#before));
    const unchanged = parsed(this.#before, this.shownAs).toString(layoutOf(this.#before));
    return text === unchanged ? this.#before : text;
  }

  changed(): boolean {
    return !this.exists || this.text() !== this.#before;
  }

  /** Replaces the file in one step. */
  async write(): Promise<void> {
    if (!this.changed()) return;
    await writeFileAtomic(this.path, this.text());
    noteEffect({ kind: "written", file: this.shownAs });
  }

  /** Of a plain list the CLI takes the texts, and drops `- name: {merge: …}` without a word (Pulumi 3.259; tried). */
  #importItems(): readonly unknown[] {
    const items = this.#importList()?.items ?? [];
    if (isMap(this.#document.get("environment"))) return items;
    return items.filter((item) => isScalar(item) && typeof item.value === "string");
  }

  #importList(): YAMLSeq | undefined {
    const environment = this.#document.get("environment");
    // Either the list itself, or a definition written in place, with `imports` of its own.
    const list = isMap(environment) ? environment.get("imports") : environment;
    return isSeq(list) ? list : undefined;
  }

  #newImportList(): YAMLSeq {
    const list = this.#document.createNode([]) as unknown as YAMLSeq;
    list.flow = false;
    if (isMap(this.#document.get("environment"))) this.#document.setIn(["environment", "imports"], list);
    else this.#document.set("environment", list);
    return list;
  }

  #workerList(namespace: string): YAMLSeq {
    const path = ["config", `${namespace}:workers`];
    const value: unknown = this.#document.getIn(path);
    if (isSeq(value)) return value;
    // A single folder may stand there as a text.
    const list = this.#document.createNode(value === undefined ? [] : [String(value)]) as unknown as YAMLSeq;
    this.#document.setIn(path, list);
    return list;
  }
}

/** Reads a stack's config file; one that is not there is an empty one to be made. */
export function openStackFile(path: string): StackFile {
  return new StackFile(path, existsSync(path) ? readFileSync(path, "utf8") : undefined);
}

/** The layout that is there already stays: `- a` or `  - a` below a key, `{a: b}` or `{ a: b }`. */
function layoutOf(text: string) {
  return {
    lineWidth: 0,
    indentSeq: !/^[^\s#-][^\n]*:[^\n]*\n(#[^\n]*\n)*- /m.test(text),
    flowCollectionPadding: !/[{[][^\s{}[\]]/.test(text),
  } as const;
}

function parsed(text: string, shownAs: string): Document {
  const document: Document = parseDocument(text);
  const error = document.errors[0]?.message.split("\n")[0];
  if (error !== undefined || (document.contents !== null && !isMap(document.contents))) {
    throw new FaultsError([
      {
        where: shownAs,
        what: `it is not a YAML mapping (${error ?? "it holds something else"})`,
        fix: "Mend the file.",
      },
    ]);
  }
  if (document.contents !== null) return document;
  const empty = new Document({});
  empty.commentBefore = document.commentBefore ?? document.comment ?? null;
  return empty;
}

function importName(item: unknown): string {
  const name = isMap(item) ? mapKey(item) : isScalar(item) ? String(item.value) : String(item);
  return name.split("@")[0] ?? "";
}

function mapKey(map: YAMLMap): string {
  const key = map.items[0]?.key;
  return String(isScalar(key) ? key.value : key);
}

function toList(value: unknown): string[] {
  return isSeq(value) ? value.items.map((item) => String(isScalar(item) ? item.value : item)) : [];
}

/** A node in the place of another keeps what people wrote about it. */
function withComments<T extends Node>(node: T, old: unknown): T {
  const before = old as Partial<Node> | undefined;
  if (before?.commentBefore !== undefined) node.commentBefore = before.commentBefore;
  if (before?.comment !== undefined) node.comment = before.comment;
  if (before?.spaceBefore !== undefined) node.spaceBefore = before.spaceBefore;
  return node;
}
