import { readFileSync } from "node:fs";
import { fileAt } from "./place.ts";
import { type Properties, UNKNOWN } from "./properties.ts";
import type { CheckResult } from "./resource.ts";
import { checkFields, type Fail, isMissing } from "./terraform-check.ts";
import { checkAssets, sha256 } from "./workers-assets.ts";
import { NOT_IN_THE_STAND_IN, WORKERS_SCRIPT } from "./workers-script-schema.ts";

/** What the real plugin finds before any call, and no more: no duplicate names, no secret without a text. */
export function checkWorkersScript(marked: Properties): CheckResult {
  return checkFields("WorkersScript", WORKERS_SCRIPT, NOT_IN_THE_STAND_IN, marked, checkContent);
}

function checkContent(inputs: Properties, fail: Fail): void {
  checkAssets(inputs, fail);
  const { content, contentFile, contentSha256 } = inputs;
  const given = (value: Properties[string] | undefined) => !isMissing(value);
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

export function readContentFile(path: string): Buffer {
  return readFileSync(fileAt(path));
}
