import * as v from "valibot";
import { empty, json, type Route } from "../../http/route.ts";
import type { PulumiHalf } from "../context.ts";
import { body } from "../input.ts";
import { E, findEnvironment, putEnvironment } from "./find.ts";

const settingsSchema = v.object({ deletionProtected: v.nullish(v.boolean()) });

export const settingsRoutes: readonly Route<PulumiHalf>[] = [
  {
    method: "GET",
    path: `${E}/settings`,
    operation: "GetEnvironmentSettings",
    handle: (request, context) => {
      const { deletionProtected } = findEnvironment(request, context);
      return json(200, { deletionProtected });
    },
  },
  {
    method: "PATCH",
    path: `${E}/settings`,
    operation: "PatchEnvironmentSettings",
    handle: async (request, context) => {
      const wanted = await body(request, settingsSchema);
      return context.store.transaction(() => {
        const environment = findEnvironment(request, context);
        const deletionProtected = wanted.deletionProtected ?? environment.deletionProtected;
        putEnvironment(context, { ...environment, deletionProtected });
        return empty(200);
      });
    },
  },
];
