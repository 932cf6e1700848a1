/** terraform-provider-cloudflare 5.22, internal/services/{secrets_store,secrets_store_secret}. */

import { isObject } from "../objects.ts";
import { changesOnly, type Description } from "./cloudflare-resource.ts";
import { isArray } from "./properties.ts";
import { computed, fixed, optional, pathKey, required, stable } from "./terraform-fields.ts";
import { toWire } from "./terraform-wire.ts";

/** A delete of a store that is not empty says 409, which the client repeats before it gives up. */
export const secretsStore: Description = {
  type: "cloudflare:index/secretsStore:SecretsStore",
  fields: { id: stable, accountId: pathKey, name: fixed, created: computed, modified: computed },
  absent: ["force"],
  id: "id",
  create: "POST accounts/{accountId}/secrets_store/stores",
  read: "GET accounts/{accountId}/secrets_store/stores/{id}",
  delete: "DELETE accounts/{accountId}/secrets_store/stores/{id}",
  import: { form: "<account_id>/<store_id>", properties: ["accountId", "id"] },
};

const SECRET_FIELDS = {
  id: stable,
  accountId: pathKey,
  storeId: pathKey,
  comment: optional,
  value: { mode: "required", sensitive: true, kept: true },
  scopes: required,
  created: computed,
  modified: computed,
  name: fixed,
  status: computed,
} as const;

export const secretsStoreSecret: Description = {
  type: "cloudflare:index/secretsStoreSecret:SecretsStoreSecret",
  fields: SECRET_FIELDS,
  id: "id",
  create: "POST accounts/{accountId}/secrets_store/stores/{storeId}/secrets",
  update: "PATCH accounts/{accountId}/secrets_store/stores/{storeId}/secrets/{id}",
  read: "GET accounts/{accountId}/secrets_store/stores/{storeId}/secrets/{id}",
  delete: "DELETE accounts/{accountId}/secrets_store/stores/{storeId}/secrets/{id}",
  import: { form: "<account_id>/<store_id>/<secret_id>", properties: ["accountId", "storeId", "id"] },
  // A create is a list of one, asked and answered; an update has only what changed.
  body: (planned, before) =>
    before ? changesOnly(SECRET_FIELDS, planned, before) : [toWire(SECRET_FIELDS, planned)],
  result: (result) => {
    const one = isArray(result) ? result[0] : result;
    return isObject(one) ? one : {};
  },
};
