import { encodeBase64 } from "./base64.ts";
import { readCiphertext } from "./builtins/secret.ts";
import { type Diagnostic, diagnosticAt, hasErrors } from "./diagnostics.ts";
import { wrap } from "./envelope.ts";
import type { Decrypter, Encrypter } from "./loading.ts";
import { noLocation } from "./ranges.ts";
import type { StringNode, SyntaxNode, TreeEntry } from "./yaml-nodes.ts";
import { encodeString, quoteDouble } from "./yaml-text.ts";
import { readTree } from "./yaml-tree.ts";

/** A document with its secrets rewritten. With errors, the text is the one that was given. */
export interface RewriteResult {
  text: string;
  diagnostics: Diagnostic[];
}

/**
 * Replaces each `fn::secret: "text"` by its stored form, `fn::secret: {ciphertext: …}`. Everything else keeps its
 * layout and its comments, to the byte.
 */
export function encryptSecrets(text: string, name: string, encrypter: Encrypter): RewriteResult {
  return rewrite(text, name, (secret, edit) => {
    if (secret.value.kind !== "string") return;
    const plaintext = new TextEncoder().encode(secret.value.value);
    edit(storedForm(text, secret, encodeBase64(wrap(encrypter.encrypt(plaintext)))));
  });
}

/** The inverse of {@link encryptSecrets}, for secrets under `values`. */
export function decryptSecrets(text: string, name: string, decrypter: Decrypter): RewriteResult {
  return rewrite(text, name, (secret, edit, fail) => {
    const ciphertext = storedText(secret.value);
    if (!ciphertext || secret.section !== "values") return;
    const read = readCiphertext(ciphertext.value);
    if ("error" in read) {
      fail(ciphertext, `invalid ciphertext: ${read.error}`);
      return;
    }
    const plaintext = new TextDecoder("utf-8", { ignoreBOM: true }).decode(decrypter.decrypt(read.bytes));
    edit(plainForm(text, secret, plaintext));
  });
}

/** A call of `fn::secret` in a document. */
interface SecretCall extends TreeEntry {
  /** The key at the top of the document under which the call stands. */
  readonly section: string;
  /** True within braces or brackets. */
  readonly flow: boolean;
}

/** A part of the text and what replaces it. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

type Visit = (
  secret: SecretCall,
  edit: (edit: Edit) => void,
  fail: (at: SyntaxNode, summary: string) => void,
) => void;

function rewrite(text: string, name: string, visit: Visit): RewriteResult {
  const { root, more, diagnostics } = readTree(name, text);
  if (more) {
    // What is never read would keep its secrets in clear.
    diagnostics.push(diagnosticAt(noLocation, "the text must hold one YAML document, and not several"));
  }
  if (!root || more) return { text, diagnostics };
  const edits: Edit[] = [];
  for (const secret of secretCalls(root)) {
    const fail = (at: SyntaxNode, summary: string) => diagnostics.push(diagnosticAt(at, summary));
    try {
      visit(secret, (edit) => edits.push(edit), fail);
    } catch (error) {
      fail(
        secret.value,
        `cannot rewrite the secret: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  return { text: hasErrors(diagnostics) ? text : apply(text, edits), diagnostics };
}

/** Applies edits that stand in the order of the text and do not overlap. */
function apply(text: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const edit of edits) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

function* secretCalls(node: SyntaxNode, section = "", flow = false): Generator<SecretCall> {
  if (node.kind === "array") {
    for (const element of node.elements) yield* secretCalls(element, section, flow || node.flow);
  }
  if (node.kind !== "object") return;
  const within = flow || node.flow;
  const [only, second] = node.entries;
  if (only && !second && only.key.value === "fn::secret") {
    yield { ...only, section, flow: within };
    if (storedText(only.value)) return;
  }
  for (const { key, value } of node.entries)
    yield* secretCalls(value, section === "" ? key.value : section, within);
}

/** The ciphertext of `{ciphertext: text}`; undefined for anything else. */
function storedText(value: SyntaxNode): StringNode | undefined {
  if (value.kind !== "object") return undefined;
  const [only, second] = value.entries;
  if (!only || second || only.key.value !== "ciphertext") return undefined;
  return only.value.kind === "string" ? only.value : undefined;
}

function storedForm(text: string, { key, value, colonEnd, flow }: SecretCall, ciphertext: string): Edit {
  const [start, end] = value.span;
  if (flow) {
    const json = text.charAt(key.span[0]) === '"';
    const stored = json ? `{"ciphertext": "${ciphertext}"}` : `{ciphertext: ${ciphertext}}`;
    return { start, end, text: isJoined(text, colonEnd, start) ? ` ${stored}` : stored };
  }
  const entry = `ciphertext: ${ciphertext}`;
  const newline = text.slice(start, end).endsWith("\n") ? "\n" : "";
  // A value on a line of its own is replaced there; comments before it stay where they are.
  if (text.slice(colonEnd, start).includes("\n")) return { start, end, text: entry + newline };
  const indent = " ".repeat(columnOf(text, key.span[0]) + 2);
  return { start: colonEnd, end, text: `\n${indent}${entry}${newline}` };
}

function plainForm(text: string, { key, value, colonEnd, flow }: SecretCall, plaintext: string): Edit {
  const json = text.charAt(key.span[0]) === '"';
  const indent = columnOf(text, key.span[0]) + 2;
  const end = endOf(text, value);
  // A block scalar would swallow a comment on its last line, and the blank lines that follow.
  const quoted = (flow && json) || restOfLine(text, end) !== "" || plaintext.endsWith("\n\n");
  const scalar =
    quoted && plaintext.includes("\n") ? quoteDouble(plaintext) : encodeString(plaintext, { indent, flow });
  return { start: colonEnd, end, text: ` ${flow && json ? quoteDouble(plaintext) : scalar}` };
}

/** The end of a stored secret: behind its closing brace, or behind the ciphertext, so that comments stay. */
function endOf(text: string, value: SyntaxNode): number {
  const ciphertext = storedText(value);
  const braced = value.kind === "object" && text.charAt(value.span[0]) === "{";
  return braced || !ciphertext ? value.span[1] : ciphertext.span[1];
}

/** True for `"key":value`, where nothing separates the two. */
function isJoined(text: string, colonEnd: number, start: number): boolean {
  return colonEnd === start && text.charAt(start) !== '"';
}

function restOfLine(text: string, offset: number): string {
  const newline = text.indexOf("\n", offset);
  return text.slice(offset, newline < 0 ? undefined : newline).trim();
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}
