import { inspect } from "node:util";

/** Longer than any token of the services that we call, and shorter than what their servers take as a header. */
const LONGEST = 4096;

/**
 * Why a text can't be a credential: it would be refused, cut or repeated in an error by what builds the header. `undefined` where it
 * can be one. The text is not in the answer.
 */
export function credentialFault(token: Token): string | undefined {
  const text = textOf(token);
  if (text === "") return "it is empty";
  if (text.length > LONGEST) return `it has ${text.length} characters; a token has at most ${LONGEST}`;
  const wrong = /[^\x21-\x7e]/.exec(text)?.[0];
  if (wrong === undefined) return undefined;
  return `it holds ${named(wrong)}, which no token has`;
}

function named(character: string): string {
  if (/[\r\n]/.test(character)) return "a line end";
  if (/\s/.test(character)) return "a blank or tab";
  return character < " " || character === "\x7f" ? "a control character" : "a character beyond ASCII";
}

/**
 * What a call proves itself with, from where it is read to where it is sent. It is turned into text where a header, the variables of
 * a child process or the text of an Environment is made: as a text, as JSON, and shown by `inspect` it is its scheme alone.
 */
export class Credential {
  readonly #secret: string;
  readonly scheme: "token" | "Bearer" | "Proof";

  constructor(scheme: "token" | "Bearer" | "Proof", secret: string) {
    this.scheme = scheme;
    this.#secret = secret;
  }

  /** The secret itself, for the one who sends it. */
  reveal(): string {
    return this.#secret;
  }

  /** Whether it has the same secret. */
  equals(other: Credential): boolean {
    return this.#secret === other.#secret;
  }

  toString(): string {
    return `${this.scheme} [removed]`;
  }

  toJSON(): string {
    return String(this);
  }

  [inspect.custom](): string {
    return String(this);
  }
}

/** Pulumi Cloud's form of a credential. */
export function pulumiToken(secret: Token): Credential {
  return new Credential("token", textOf(secret));
}

/** Cloudflare's and GitHub's form of a credential. */
export function bearer(secret: Token): Credential {
  return new Credential("Bearer", textOf(secret));
}

/** What a client is opened with; only what has just been read, such as a variable, still is a text. */
export type Token = string | Credential;

/** The text of a token, for a check of its form. */
export function textOf(token: Token): string {
  return typeof token === "string" ? token : token.reveal();
}
