import type { Route } from "../http/route.ts";
import { absentRoutes } from "./absent.ts";
import { accountRoutes } from "./accounts.ts";
import type { CloudflareContext } from "./model.ts";
import { changeRoutes } from "./scripts/change.ts";
import { deploymentRoutes } from "./scripts/deployments.ts";
import { readRoutes } from "./scripts/read.ts";
import { secretRoutes } from "./scripts/secrets.ts";
import { subdomainRoutes } from "./scripts/subdomain.ts";
import { uploadRoutes } from "./scripts/upload.ts";
import { versionRoutes } from "./scripts/versions.ts";
import { workerRoutes } from "./scripts/worker.ts";
import { tokenRoutes } from "./tokens.ts";

/** Every operation of the Cloudflare half. `tokens/verify` stands before `tokens/:token`, which would take it. */
export const cloudflareRoutes: readonly Route<CloudflareContext>[] = [
  ...tokenRoutes,
  ...accountRoutes,
  ...uploadRoutes,
  ...readRoutes,
  ...changeRoutes,
  ...secretRoutes,
  ...subdomainRoutes,
  ...versionRoutes,
  ...deploymentRoutes,
  ...workerRoutes,
  ...absentRoutes,
];
