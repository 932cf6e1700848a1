import { isIP } from "node:net";
import * as v from "valibot";
import type { ApiRequest } from "../../http/route.ts";
import { ApiFault, fault, notInTheSandbox } from "../envelope.ts";
import { groupsNotHere, type Owner, PolicyShape, policyFaults } from "./policies.ts";

const date = v.pipe(
  v.string(),
  v.check(
    (text) => /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)),
  ),
);
const block = v.pipe(v.string(), v.check(isBlock));
const blocks = v.optional(v.array(block));

const TokenShape = v.object({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(120)),
  policies: v.pipe(v.array(PolicyShape), v.minLength(1)),
  not_before: v.nullish(date),
  expires_on: v.nullish(date),
  condition: v.nullish(v.object({ request_ip: v.optional(v.object({ in: blocks, not_in: blocks })) })),
  status: v.optional(v.picklist(["active", "disabled", "expired"])),
});

export type SentToken = v.InferOutput<typeof TokenShape>;

/** Reads a token that was sent, and says everything that is wrong with it. */
export async function readToken(request: ApiRequest, owner: Owner): Promise<SentToken> {
  const result = v.safeParse(TokenShape, await request.json());
  if (!result.success) {
    const places = result.issues.map((issue) => v.getDotPath(issue) ?? "the token");
    throw fault(400, 1001, `Invalid token: ${[...new Set(places)].join(", ")} can't be used as sent`);
  }
  const sent = result.output;
  const faults = policyFaults(sent.policies, owner);
  if (
    sent.not_before != null &&
    sent.expires_on != null &&
    Date.parse(sent.expires_on) <= Date.parse(sent.not_before)
  )
    faults.push("expires_on must be after not_before");
  if (faults.length > 0)
    throw new ApiFault(
      400,
      faults.map((message) => ({ code: 1001, message })),
    );
  const missing = groupsNotHere(sent.policies);
  if (missing.length > 0)
    throw notInTheSandbox(
      `the permission group ${missing.join(", ")}; GET …/tokens/permission_groups lists those that are`,
    );
  return sent;
}

function isBlock(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
