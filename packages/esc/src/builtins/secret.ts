import { Base64Error, decodeBase64 } from "../base64.ts";
import { EnvelopeError, unwrap } from "../envelope.ts";
import { accepting } from "../schema/accept.ts";
import { typed } from "../schema/schema.ts";
import { report, type Scope } from "../scope.ts";
import type { BodyOf, Term } from "../terms.ts";
import { Value } from "../values.ts";
import { receivedText } from "./arguments.ts";

/** `fn::secret: text`: the text, secret. */
export function callPlaintext(scope: Scope, body: BodyOf<"plaintext">): Value {
  return scope.evaluate(body.text, accepting(typed("string")));
}

/** `fn::secret: {ciphertext: …}`: the stored form. A check leaves it unknown, unless secrets are to be shown. */
export function callCiphertext(scope: Scope, term: Term, body: BodyOf<"ciphertext">): Value {
  const value = new Value(term, term.schema, { secret: true });
  const fail = (summary: string) => {
    report(scope, term.at, summary);
    value.unknown = true;
    return value;
  };
  const ciphertext = readCiphertext(body.call.text.value);
  if ("error" in ciphertext) return fail(`invalid ciphertext: ${ciphertext.error}`);
  if (scope.session.checking && !scope.session.showSecrets) {
    value.unknown = true;
    return value;
  }
  try {
    const plaintext = scope.decrypter.decrypt(ciphertext.bytes);
    value.content = receivedText(scope, plaintext);
    return value;
  } catch (error) {
    return fail(`decrypting: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Takes the ciphertext out of the text of a stored secret. */
export function readCiphertext(text: string): { bytes: Uint8Array } | { error: string } {
  try {
    return { bytes: unwrap(decodeBase64(text)) };
  } catch (error) {
    if (error instanceof Base64Error || error instanceof EnvelopeError) return { error: error.message };
    throw error;
  }
}
