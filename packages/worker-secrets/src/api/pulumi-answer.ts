import * as v from "valibot";
import { type Answer, isPassing, parseJson, passing, ServiceError } from "./http.ts";

const refusal = v.object({
  code: v.optional(v.number()),
  message: v.optional(v.string(), ""),
  diagnostics: v.optional(v.array(v.object({ summary: v.string(), path: v.optional(v.string()) })), []),
});

/** The answer, where the service took the call; else throws what it says. */
export function accepted(answer: Answer): Answer {
  if (answer.status < 400) return answer;
  const body = v.safeParse(refusal, parseJson(answer.text));
  if (isPassing(answer))
    throw new ServiceError(
      passing("Pulumi Cloud", answer, body.success ? body.output.message : "its answer says no more"),
      answer.status,
      answer.status,
    );
  if (!body.success) throw new ServiceError(`Pulumi Cloud answered ${answer.status}`, answer.status, 0);
  const { message, diagnostics, code } = body.output;
  const details = diagnostics.map(({ summary, path }) =>
    path === undefined || path === "" ? summary : `${path}: ${summary}`,
  );
  throw new ServiceError(
    [message, ...details].filter((part) => part !== "").join("; "),
    answer.status,
    code ?? answer.status,
  );
}
