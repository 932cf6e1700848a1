import { inspect } from "node:util";
import { BadBody, BodyTooLarge, json } from "../http/route.ts";
import { note } from "../output.ts";
import { DiskRefused } from "../store/disk.ts";

/**
 * An answer other than success, in the service's form. Clients decide by `code` in the body, not by the HTTP
 * status, so both are always sent and equal.
 */
export class Refusal extends Error {
  readonly status: number;
  readonly diagnostics: readonly unknown[];

  constructor(status: number, message: string, diagnostics: readonly unknown[] = []) {
    super(message);
    this.status = status;
    this.diagnostics = diagnostics;
  }
}

/** The service's messages begin with the status in words, and some clients look for it. */
export const badRequest = (message: string): Refusal => new Refusal(400, `Bad Request: ${message}`);
export const notFound = (message = "Not Found"): Refusal => new Refusal(404, message);
export const conflict = (message: string): Refusal => new Refusal(409, `Conflict: ${message}`);

export function refuse(refusal: Refusal): Response {
  const { status, message, diagnostics } = refusal;
  return json(status, { code: status, message, ...(diagnostics.length === 0 ? {} : { diagnostics }) });
}

/** What a thrown error is answered with. An unforeseen one is logged here and told to nobody. */
export function answerFault(error: unknown): Response {
  if (error instanceof Refusal) return refuse(error);
  if (error instanceof BodyTooLarge) return refuse(new Refusal(413, `Payload Too Large: ${error.message}`));
  if (error instanceof BadBody) return refuse(badRequest(error.message));
  if (error instanceof DiskRefused) {
    note(`sandbox: ${error.message}`);
    return refuse(new Refusal(507, `Insufficient Storage: ${error.message}`));
  }
  note(`sandbox, Pulumi half: ${inspect(error)}`);
  return refuse(new Refusal(500, "Internal Server Error: the sandbox failed; its own output says why"));
}
