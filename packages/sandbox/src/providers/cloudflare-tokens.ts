/** terraform-provider-cloudflare 5.22, internal/services/{account_token,api_token}. */
import type { Description } from "./cloudflare-resource.ts";
import { isArray, isProperties, type Properties, type Value } from "./properties.ts";
import type { Fields } from "./terraform.ts";
import { both, computed, optional, pathKey, required, stable } from "./terraform-fields.ts";
import { toWire } from "./terraform-wire.ts";

const TOKEN_FIELDS: Fields = {
  name: required,
  policies: {
    mode: "required",
    members: {
      effect: { mode: "required", oneOf: ["allow", "deny"] },
      permissionGroups: { mode: "required", members: { id: required } },
      resources: { mode: "required", json: true },
    },
  },
  expiresOn: optional,
  notBefore: optional,
  condition: {
    mode: "optional",
    members: {
      requestIp: {
        mode: "optional",
        members: { ins: { mode: "optional", wire: "in" }, notIns: { mode: "optional", wire: "not_in" } },
      },
    },
  },
  status: { ...both, oneOf: ["active", "disabled", "expired"] },
  issuedOn: computed,
  lastUsedOn: computed,
  modifiedOn: computed,
  value: { mode: "computed", stable: true, kept: true },
};

function token(type: string, path: string, fields: Fields, imported: Description["import"]): Description {
  const one = `${path}/{id}`;
  const all = { id: stable, ...fields, ...TOKEN_FIELDS };
  return {
    type,
    fields: all,
    id: "id",
    create: `POST ${path}`,
    update: `PUT ${one}`,
    read: `GET ${one}`,
    delete: `DELETE ${one}`,
    ...(imported ? { import: imported } : {}),
    body: (planned) => toWire(all, planned), // what is not given any more is left out, not sent as null
    finish: (state, before, answer) => ({
      ...state,
      // The value is in the answer to the create and in no other.
      value:
        typeof before.value === "string" && before.id === state.id ? before.value : (state.value ?? null),
      policies: policies(before.policies, state.policies, answer.policies),
    }),
    gone: ({ status }) => status === "expired" || status === "revoked (exposed)",
  };
}

/**
 * The policies in the order of the plan or state, whatever the order of the answer: one is known again by its effect and its set of
 * groups. The text of `resources` is always the API's.
 */
function policies(before: Value | undefined, state: Value | undefined, answer: Value | undefined): Value {
  const said = isArray(answer) ? answer.filter(isProperties) : [];
  const order = isArray(before) ? before.filter(isProperties) : [];
  if (said.length === 0) return state ?? null;
  const left = [...said];
  const known = order.flatMap((policy) => {
    const index = left.findIndex((other) => identity(other) === identity(policy));
    if (index < 0) return [];
    const [found] = left.splice(index, 1);
    return [{ ...policy, resources: found?.resources ?? null }];
  });
  return [...known, ...left];
}

function identity({ effect = null, permissionGroups }: Properties): string {
  const groups = isArray(permissionGroups) ? permissionGroups.filter(isProperties) : [];
  return `${effect}|${groups
    .map(({ id }) => String(id))
    .sort()
    .join()}`;
}

export const accountToken = token(
  "cloudflare:index/accountToken:AccountToken",
  "accounts/{accountId}/tokens",
  { accountId: pathKey },
  { form: "<account_id>/<token_id>", properties: ["accountId", "id"] },
);

export const apiToken = token(
  "cloudflare:index/apiToken:ApiToken",
  "user/tokens",
  {},
  { form: "<token_id>", properties: ["id"] },
);
