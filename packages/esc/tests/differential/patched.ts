import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { writeState } from "../../../sandbox/src/pulumi/environments/state-patch.ts";
import type { EvaluateResult } from "../../src/index.ts";
import type { ReferenceRequest } from "./reference.ts";

/**
 * Writes the new states into the document, as the sandbox does, and compares what then stands in it with what the
 * reference writes. Layout and comments are not compared: the reference writes the whole document anew, and we do not.
 */
export function comparePatched(
  { text }: ReferenceRequest,
  { rotations }: EvaluateResult,
  theirs: string | undefined,
): string | undefined {
  if (theirs === undefined || theirs === "") return undefined;
  // The reference's YAML encoder loses line breaks at the start of a text, and writes bytes that are no text in base64,
  // which then reads back as that. The states themselves were compared before.
  const replaced = JSON.stringify(rotations.map(({ patch }) => patch?.replacement ?? null));
  if (replaced.includes('"\\n') || replaced.includes("\ufffd")) return undefined;
  const ours = rotations.reduce((patched, { patch }) => (patch ? writeState(patched, patch) : patched), text);
  // Its encoder also gives the text `<<` a tag, which has no meaning there.
  const [our, their] = [ours, theirs.replaceAll("!!merge <<", '"<<"')].map(contentOf);
  if (isDeepStrictEqual(our, their)) return undefined;
  return `the new states are written differently:\n${ours}\n--- the reference writes\n${theirs}`;
}

/** Every scalar as its text: whether `1` is a number is for the evaluator to say. */
function contentOf(text: string): unknown {
  return read(parse(text, { schema: "failsafe", uniqueKeys: false, logLevel: "silent" }));
}

/** Secrets that are JSON are compared as such: the reference writes `<`, `>` and `&` as escapes. */
function read(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(read);
  if (typeof data !== "object" || data === null) return data;
  const inner = "fn::fromJSON" in data ? data["fn::fromJSON"] : undefined;
  const json = typeof inner === "object" && inner !== null && "fn::secret" in inner && inner["fn::secret"];
  if (typeof json === "string") return { json: tryParse(json) };
  return Object.fromEntries(Object.entries(data).map(([key, member]) => [key, read(member)]));
}

function tryParse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
