import { type RawObject, rawMembers, type UntypedDeployment } from "../raw.ts";
import { type BaseState, stateOf } from "./base.ts";
import type { JournalEntry } from "./entries.ts";
import { type Manifest, printed } from "./print.ts";
import { pruneReferences, renameInSnippets, renames, resolveAliases } from "./references.ts";
import { type Resource, rawResource, withMembers } from "./resource.ts";

/**
 * The state that an update leaves behind: its base, with the journal's entries played on it in their order. Pure, and
 * defined for any set of entries: an update that was killed leaves its begun operations as pending ones. Source of
 * the rules: `backend.JournalReplayer` of the Pulumi engine 3.259; where that would stop at an operation it does not
 * know, this passes it over. Linear in base and entries together.
 */
export function replay(
  base: BaseState,
  entries: readonly JournalEntry[],
  manifest: Manifest,
): UntypedDeployment {
  const replayer = new Replayer(base);
  for (const entry of [...entries].sort((a, b) => a.sequence - b.sequence)) replayer.add(entry);
  const resources = replayer.resources();
  return printed(replayer.state(resources), resources, manifest);
}

/** What the entries so far have done to the base's resources, by their position in it. */
interface BaseChanges {
  readonly gone: Set<number>;
  readonly replaced: Map<number, Resource>;
  readonly toDelete: Set<number>;
  readonly pendingReplacement: Set<number>;
}

class Replayer {
  #base: BaseState;
  #changes: BaseChanges = noChanges();
  /** What this update's operations produced, by operation and in their order; a removed one leaves. */
  #produced = new Map<number, Resource>();
  /** Operations that have begun and not ended; `undefined` for those that a state does not show. */
  #begun = new Map<number, RawObject | undefined>();
  #extensions = new Map<string, string>();
  #hasRefresh = false;
  #byteStrings: boolean;

  constructor(base: BaseState) {
    this.#base = base;
    this.#byteStrings = base.byteStrings;
  }

  add(entry: JournalEntry): void {
    this.#byteStrings ||= entry.requiresByteString;
    switch (entry.kind) {
      case "begin": {
        const operation = entry.raw.get("operation");
        this.#begun.set(entry.operation, operation === undefined ? undefined : rawMembers(operation));
        return;
      }
      case "failure":
        this.#begun.delete(entry.operation);
        return;
      case "success":
        this.#success(entry);
        return;
      case "refresh-success":
        this.#begun.delete(entry.operation);
        this.#hasRefresh = true;
        this.#replace(entry, stateOfEntry(entry));
        return;
      case "outputs": {
        const state = stateOfEntry(entry);
        if (state !== undefined) this.#replace(entry, state);
        return;
      }
      case "write":
        this.#base = stateOf(rawMembers(entry.raw.get("newSnapshot") ?? "{}"), this.#byteStrings);
        return;
      case "secrets-manager":
        this.#setRest("secrets_providers", entry.raw.get("secretsProvider"));
        return;
      case "snippets":
        this.#setRest("snippets", entry.raw.get("snippets"));
        return;
      case "extension":
        this.#extensions.set(
          JSON.parse(entry.raw.get("extensionRef") ?? '""') as string,
          entry.raw.get("extension") ?? "null",
        );
        return;
      case "rebuilt-base-state":
        this.#rebase();
        return;
      default:
        entry.kind satisfies never;
    }
  }

  #success(entry: JournalEntry): void {
    this.#begun.delete(entry.operation);
    this.#hasRefresh ||= entry.isRefresh;
    const state = stateOfEntry(entry);
    if (state !== undefined) this.#produced.set(entry.operation, state);
    if (entry.removeOld !== undefined) this.#changes.gone.add(entry.removeOld);
    if (entry.removeNew !== undefined) this.#produced.delete(entry.removeNew);
    if (entry.deleteOld !== undefined) this.#changes.toDelete.add(entry.deleteOld);
    if (entry.deleteNew !== undefined) this.#flag(entry.deleteNew, "delete");
    if (entry.pendingReplacementOld !== undefined) {
      this.#changes.pendingReplacement.add(entry.pendingReplacementOld);
    }
    if (entry.pendingReplacementNew !== undefined)
      this.#flag(entry.pendingReplacementNew, "pendingReplacement");
  }

  /** Puts another state where a resource stands; none takes the resource away. */
  #replace({ removeOld, removeNew }: JournalEntry, state: Resource | undefined): void {
    if (removeOld !== undefined) {
      if (state === undefined) this.#changes.gone.add(removeOld);
      else this.#changes.replaced.set(removeOld, state);
    }
    if (removeNew !== undefined) {
      if (state === undefined) this.#produced.delete(removeNew);
      // A Map keeps a key's first place, which is what keeps the order of dependencies.
      else if (this.#produced.has(removeNew)) this.#produced.set(removeNew, state);
    }
  }

  #flag(operation: number, member: "delete" | "pendingReplacement"): void {
    const resource = this.#produced.get(operation);
    if (resource !== undefined) this.#produced.set(operation, withMembers(resource, { [member]: true }));
  }

  #setRest(member: string, value: string | undefined): void {
    const rest = new Map(this.#base.rest);
    if (value === undefined || value === "[]") rest.delete(member);
    else rest.set(member, value);
    this.#base = { ...this.#base, rest };
  }

  /** Folds everything so far into a new base, whose positions the next entries count by. */
  #rebase(): void {
    this.#base = this.state(this.resources());
    this.#changes = noChanges();
    this.#produced = new Map();
    this.#begun = new Map();
    this.#extensions = new Map();
  }

  /** All resources, with references to some that may not be there any more. */
  resources(): readonly Resource[] {
    const { gone, replaced, toDelete, pendingReplacement } = this.#changes;
    // What this update produced first, then what it has not come to: both lists are in order of dependency.
    const resources = [...this.#produced.values()];
    for (const [at, resource] of this.#base.resources.entries()) {
      if (gone.has(at)) continue;
      const now = replaced.get(at);
      if (now !== undefined) resources.push(now);
      else if (!toDelete.has(at) && !pendingReplacement.has(at)) resources.push(resource);
      else {
        resources.push(
          withMembers(resource, {
            ...(toDelete.has(at) ? { delete: true } : {}),
            ...(pendingReplacement.has(at) ? { pendingReplacement: true } : {}),
          }),
        );
      }
    }
    return resources;
  }

  state(resources: readonly Resource[]): BaseState {
    const kept = this.#hasRefresh ? pruneReferences(resources) : resources;
    const renamed = renames(kept);
    const rest = new Map(this.#base.rest);
    const snippets = rest.get("snippets");
    if (snippets !== undefined) rest.set("snippets", renameInSnippets(snippets, renamed));
    const begun = [...this.#begun].sort(([a], [b]) => a - b).flatMap(([, operation]) => operation ?? []);
    // A creation whose outcome nobody knows stays until a person resolves it; other operations are simply redone.
    const unresolved = this.#base.pendingOperations.filter(
      (operation) => operation.get("type") === '"creating"',
    );
    return {
      ...this.#base,
      rest,
      resources: resolveAliases(kept, renamed),
      pendingOperations: [...begun, ...unresolved],
      extensions: new Map([...this.#extensions, ...this.#base.extensions]),
      byteStrings: this.#byteStrings,
    };
  }
}

function noChanges(): BaseChanges {
  return { gone: new Set(), replaced: new Map(), toDelete: new Set(), pendingReplacement: new Set() };
}

function stateOfEntry(entry: JournalEntry): Resource | undefined {
  const state = entry.raw.get("state");
  return state === undefined ? undefined : rawResource(state);
}
