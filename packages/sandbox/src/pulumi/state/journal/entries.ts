import * as v from "valibot";
import { badRequest } from "../../errors.ts";
import { parseObject, type RawObject, rawElements, rawMembers } from "../raw.ts";

/** The version of the journal that the CLI offers as `journalVersion` and the sandbox takes up. */
export const JOURNAL_VERSION = 1;

/** Source of the numbers: `apitype.JournalEntryKind` of the Pulumi SDK 3.259. */
const KINDS = [
  "begin",
  "success",
  "failure",
  "refresh-success",
  "outputs",
  "write",
  "secrets-manager",
  "rebuilt-base-state",
  "extension",
  "snippets",
] as const;

export type EntryKind = (typeof KINDS)[number];

/**
 * One step of an update as the engine reports it. `…Old` are positions in the base state's resources; `…New` are
 * operations of this same update, standing for the resource that each produced. Resources, operations and states are
 * raw text: they go into the state byte for byte.
 */
export interface JournalEntry {
  readonly kind: EntryKind;
  /** Orders the entries of an update, whatever order they arrive in; from 1. */
  readonly sequence: number;
  readonly operation: number;
  readonly removeOld?: number;
  readonly removeNew?: number;
  readonly pendingReplacementOld?: number;
  readonly pendingReplacementNew?: number;
  readonly deleteOld?: number;
  readonly deleteNew?: number;
  readonly isRefresh: boolean;
  readonly requiresByteString: boolean;
  /** The values that are kept raw: `state`, `operation`, `newSnapshot`, `secretsProvider`, `snippets`, `extension…`. */
  readonly raw: RawObject;
}

const index = v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(0)));
const object = v.nullish(v.record(v.string(), v.unknown()));

const entrySchema = v.object({
  version: v.literal(JOURNAL_VERSION),
  kind: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(KINDS.length - 1)),
  sequenceID: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  operationID: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  removeOld: index,
  removeNew: index,
  pendingReplacementOld: index,
  pendingReplacementNew: index,
  deleteOld: index,
  deleteNew: index,
  state: object,
  operation: object,
  isRefresh: v.nullish(v.boolean(), false),
  secretsProvider: object,
  newSnapshot: object,
  snippets: v.nullish(v.array(v.unknown())),
  extensionRef: v.nullish(v.string()),
  extension: v.nullish(v.unknown()),
  requiresByteString: v.nullish(v.boolean(), false),
});

/** An entry as it arrives: its number, and its text as it is kept. */
export interface ReceivedEntry {
  readonly sequence: number;
  readonly text: string;
}

/** Takes the entries out of a request's body. Refuses what could not be replayed later, naming every wrong field. */
export function receivedEntries(body: string): readonly ReceivedEntry[] {
  const parsed = parseObject(body).entries ?? [];
  if (!Array.isArray(parsed)) throw badRequest("entries must be an array");
  const faults: string[] = [];
  for (const [at, entry] of parsed.entries()) {
    const result = v.safeParse(entrySchema, entry);
    for (const issue of result.issues ?? []) {
      faults.push(`entries.${at}.${v.getDotPath(issue) ?? ""} must be ${issue.expected ?? "valid"}`);
    }
    if (result.success) faults.push(...missing(result.output).map((text) => `entries.${at}.${text}`));
  }
  if (faults.length > 0) throw badRequest(faults.join("; "));
  const texts = rawElements(rawMembers(body).get("entries"));
  return texts.map((text, at) => ({ sequence: (parsed[at] as { sequenceID: number }).sequenceID, text }));
}

/** What a kind can't do without. */
function missing(entry: v.InferOutput<typeof entrySchema>): string[] {
  const kind = KINDS[entry.kind];
  if (kind === "write" && !entry.newSnapshot) return ["newSnapshot is missing"];
  if (kind === "secrets-manager" && !entry.secretsProvider) return ["secretsProvider is missing"];
  if (kind !== "extension") return [];
  return [
    ...(entry.extensionRef ? [] : ["extensionRef is missing"]),
    ...(entry.extension === null || entry.extension === undefined ? ["extension is missing"] : []),
  ];
}

/** Reads an entry that was received before. `null` members count as absent, as Go prints nil pointers so. */
export function journalEntry(text: string): JournalEntry {
  const raw = rawMembers(text);
  for (const [name, value] of raw) if (value === "null") raw.delete(name);
  const number = (name: string) => {
    const value = raw.get(name);
    return value === undefined ? {} : { [name]: Number(value) };
  };
  return {
    kind: KINDS[Number(raw.get("kind"))] ?? "begin",
    sequence: Number(raw.get("sequenceID")),
    operation: Number(raw.get("operationID")),
    ...number("removeOld"),
    ...number("removeNew"),
    ...number("pendingReplacementOld"),
    ...number("pendingReplacementNew"),
    ...number("deleteOld"),
    ...number("deleteNew"),
    isRefresh: raw.get("isRefresh") === "true",
    requiresByteString: raw.get("requiresByteString") === "true",
    raw,
  };
}
