import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import {
  isArray,
  isObject,
  type Properties,
  plainProperties,
  secret,
  UNKNOWN,
  type Value,
} from "./properties.ts";
import type { CheckResult } from "./resource.ts";
import type { Fields } from "./terraform.ts";
import {
  BINDING_TYPES,
  CONTENT_TYPES,
  NOT_IN_THE_STAND_IN,
  WORKERS_SCRIPT,
} from "./workers-script-schema.ts";

/** What the real plugin finds before any call, and no more: no duplicate names, no secret without a text. */
export function checkWorkersScript(marked: Properties): CheckResult {
  const inputs = plainProperties(marked);
  const failures: { property: string; reason: string }[] = [];
  const fail = (property: string, reason: string) => failures.push({ property, reason });

  for (const property of ["accountId", "scriptName"]) {
    if (isMissing(inputs[property])) fail(property, `Missing required property '${property}'`);
  }
  for (const property of NOT_IN_THE_STAND_IN) {
    if (!isMissing(inputs[property])) {
      fail(property, `'${property}' of WorkersScript is not in the stand-in; the real plugin has it`);
    }
  }
  checkContent(inputs, fail);
  if (!isOneOf(inputs.contentType, CONTENT_TYPES))
    fail("contentType", oneOf(inputs.contentType, CONTENT_TYPES));
  if (isArray(inputs.bindings)) {
    for (const [index, binding] of inputs.bindings.entries()) {
      if (!isObject(binding)) continue;
      for (const member of ["name", "type"]) {
        if (isMissing(binding[member])) {
          fail(`bindings[${index}].${member}`, `Missing required property '${member}'`);
        }
      }
      if (!isOneOf(binding.type, BINDING_TYPES)) {
        fail(`bindings[${index}].type`, oneOf(binding.type, BINDING_TYPES));
      }
    }
  }
  return { inputs: markSensitive(WORKERS_SCRIPT, withoutUnknownNames(WORKERS_SCRIPT, inputs)), failures };
}

function checkContent(inputs: Properties, fail: (property: string, reason: string) => void): void {
  const { content, contentFile, contentSha256 } = inputs;
  const given = (value: Value | undefined) => !isMissing(value);
  if (!given(content) && !given(contentFile) && !given(inputs.assets)) {
    fail("content", "At least one of these attributes must be configured: [assets,content,content_file]");
  }
  if (given(content) && given(contentFile)) {
    fail("content", 'Attribute "content_file" cannot be specified when "content" is specified');
  }
  if (given(contentFile) && !given(contentSha256)) {
    fail("contentFile", 'Attribute "content_sha256" must be specified when "content_file" is specified');
  }
  if (typeof contentSha256 !== "string" || contentSha256 === UNKNOWN) return;
  let actual = "";
  let source = "";
  if (given(content)) {
    source = "content";
    actual = sha256(content === UNKNOWN ? "" : String(content)); // so unknown content never fits, as with the real one
  } else if (typeof contentFile === "string") {
    source = `content_file (${contentFile})`;
    try {
      actual = sha256(readContentFile(contentFile));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      fail("contentSha256", `Failed to calculate SHA-256 hash of file '${contentFile}': ${reason}`);
      return;
    }
  }
  if (actual !== contentSha256) {
    fail(
      "contentSha256",
      `SHA-256 Hash Mismatch: The provided SHA-256 hash '${contentSha256}' does not match the actual hash '${actual}' of ${source}`,
    );
  }
}

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** Relative to the plugin's own folder; `~/` is the home folder. */
export function readContentFile(path: string): Buffer {
  return readFileSync(path.startsWith("~/") ? join(homedir(), path.slice(2)) : path);
}

/** Every input that the schema calls sensitive becomes a secret, also when the program gave it in clear. */
export function markSensitive(fields: Fields, inputs: Properties): Properties {
  const marked: Record<string, Value> = {};
  for (const [name, value] of Object.entries(inputs)) {
    const field = fields[name];
    if (value === null) continue;
    if (field?.sensitive) marked[name] = secret(value);
    else if (field?.members) {
      const { members } = field;
      const mark = (element: Value) => (isObject(element) ? markSensitive(members, element) : element);
      marked[name] = isArray(value) ? value.map(mark) : mark(value);
    } else marked[name] = value;
  }
  return marked;
}

/** Names that the schema does not have are dropped without a word, at every depth. */
function withoutUnknownNames(fields: Fields, inputs: Properties): Properties {
  const known = Object.entries(inputs).filter(([name]) => fields[name] !== undefined);
  return Object.fromEntries(
    known.map(([name, value]) => {
      const members = fields[name]?.members;
      if (!members) return [name, value];
      const clean = (element: Value) => (isObject(element) ? withoutUnknownNames(members, element) : element);
      return [name, isArray(value) ? value.map(clean) : clean(value)];
    }),
  );
}

function isMissing(value: Value | undefined): boolean {
  return value === undefined || value === null;
}

function isOneOf(value: Value | undefined, allowed: readonly string[]): boolean {
  return typeof value !== "string" || value === UNKNOWN || allowed.includes(value.toLowerCase());
}

function oneOf(value: Value | undefined, allowed: readonly string[]): string {
  return `value must be one of: [${allowed.map((name) => `"${name}"`).join(" ")}], got: "${String(value)}"`;
}
