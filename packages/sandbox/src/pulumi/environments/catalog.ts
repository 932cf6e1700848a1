import type { SchemaObject } from "@worker-secrets/esc";
import { json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { notFound } from "../errors.ts";
import { absence, createProviders, PROVIDERS, ROTATORS } from "./providers.ts";

const known = createProviders(undefined);
const DESCRIPTION = "Calls an adapter of your own over HTTP, on this machine only.";
const MADE = "Makes a new secret at random, and keeps the one before it.";

function object(properties: Record<string, SchemaObject>): SchemaObject {
  return { properties, type: "object", required: Object.keys(properties).sort() };
}

const string: SchemaObject = { type: "string" };
const CONTEXT = object({
  currentEnvironment: object({ name: string }),
  rootEnvironment: object({ name: string }),
  pulumi: object({ user: object({ id: string, login: string }), organization: object({ login: string }) }),
});

/** What definitions may call and refer to. Only what works here is listed. */
export const catalogRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "GET",
    path: "/api/esc/providers",
    operation: "ListProviders",
    handle: () => json(200, { providers: PROVIDERS }),
  },
  {
    method: "GET",
    path: "/api/esc/rotators",
    operation: "ListRotators",
    handle: () => json(200, { rotators: ROTATORS }),
  },
  {
    method: "GET",
    path: "/api/esc/providers/:name/schema",
    operation: "GetProviderSchema",
    handle: (request) => {
      const name = request.param("name");
      const found = PROVIDERS.includes(name) ? known.provider(name) : undefined;
      if (found === undefined) throw notFound(absence("provider", name));
      return json(200, { name, description: DESCRIPTION, inputs: found.inputs, outputs: found.outputs });
    },
  },
  {
    method: "GET",
    path: "/api/esc/rotators/:name/schema",
    operation: "GetRotatorSchema",
    handle: (request) => {
      const name = request.param("name");
      const found = ROTATORS.includes(name) ? known.rotator(name) : undefined;
      if (found === undefined) throw notFound(absence("rotator", name));
      const { inputs, outputs } = found;
      const description = name === "external" ? DESCRIPTION : MADE;
      return json(200, { name, description, inputs, outputs });
    },
  },
  {
    method: "GET",
    path: "/api/esc/context/schema",
    operation: "GetContextSchema",
    handle: () => json(200, { schema: CONTEXT }),
  },
  {
    // Open to everyone: adapters verify the tokens of their calls with it.
    method: "GET",
    path: "/oidc/.well-known/jwks",
    credential: "everyone",
    operation: "GetJWKS",
    handle: (_, { tokens }) => json(200, tokens.keys()),
  },
];
