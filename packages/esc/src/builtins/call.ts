import type { Scope } from "../scope.ts";
import type { CallBody, Term } from "../terms.ts";
import type { Value } from "../values.ts";
import {
  callFromBase64,
  callFromJson,
  callToBase64,
  callToJson,
  callToString,
  callToYaml,
} from "./conversions.ts";
import { callFinal } from "./final.ts";
import { callConcat, callJoin, callSplit } from "./lists.ts";
import { callOpen } from "./open.ts";
import { callRotate } from "./rotate.ts";
import { callCiphertext, callPlaintext } from "./secret.ts";
import { callValidate } from "./validate.ts";

/** Evaluates a call of a builtin. */
export function evaluateCall(scope: Scope, term: Term, body: CallBody): Value {
  switch (body.kind) {
    case "unary":
      return unary[body.call.fn](scope, term, body.argument);
    case "delimiter":
      return body.call.fn === "fn::join" ? callJoin(scope, term, body) : callSplit(scope, term, body);
    case "validate":
      return callValidate(scope, term, body);
    case "open":
      return callOpen(scope, term, body);
    case "rotate":
      return callRotate(scope, term, body);
    case "plaintext":
      return callPlaintext(scope, body);
    case "ciphertext":
      return callCiphertext(scope, term, body);
  }
}

const unary = {
  "fn::concat": callConcat,
  "fn::final": callFinal,
  "fn::fromBase64": callFromBase64,
  "fn::fromJSON": callFromJson,
  "fn::toBase64": callToBase64,
  "fn::toJSON": callToJson,
  "fn::toString": callToString,
  "fn::toYAML": callToYaml,
};
