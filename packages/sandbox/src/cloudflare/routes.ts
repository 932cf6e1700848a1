import type { Route } from "../http/route.ts";
import { absentRoutes } from "./absent.ts";
import { accountRoutes } from "./accounts.ts";
import { assetSessionRoutes } from "./assets/sessions.ts";
import { assetUploadRoutes } from "./assets/upload.ts";
import { d1DatabaseRoutes } from "./d1/databases.ts";
import { d1ImportRoutes, d1UploadRoutes } from "./d1/import.ts";
import { d1QueryRoutes } from "./d1/query.ts";
import { domainChangeRoutes } from "./domains/changeset.ts";
import { domainRoutes } from "./domains/domains.ts";
import { durableObjectRoutes } from "./durable-objects/namespaces.ts";
import { kvKeyRoutes } from "./kv/keys.ts";
import { kvNamespaceRoutes } from "./kv/namespaces.ts";
import { kvValueRoutes } from "./kv/values.ts";
import type { CloudflareContext } from "./model.ts";
import { queueConsumerRoutes } from "./queues/consumers.ts";
import { queueMessageRoutes } from "./queues/messages.ts";
import { queueRoutes } from "./queues/queues.ts";
import { r2BucketRoutes } from "./r2/buckets.ts";
import { r2ObjectRoutes } from "./r2/objects.ts";
import { changeRoutes } from "./scripts/change.ts";
import { deleteRoutes } from "./scripts/delete.ts";
import { deploymentRoutes } from "./scripts/deployments.ts";
import { readRoutes } from "./scripts/read.ts";
import { scheduleRoutes } from "./scripts/schedules.ts";
import { secretRoutes } from "./scripts/secrets.ts";
import { settingsPatchRoutes } from "./scripts/settings-patch.ts";
import { subdomainRoutes } from "./scripts/subdomain.ts";
import { tailRoutes } from "./scripts/tails.ts";
import { uploadRoutes } from "./scripts/upload.ts";
import { versionRoutes } from "./scripts/versions.ts";
import { storeSecretRoutes } from "./secrets-store/secrets.ts";
import { storeRoutes } from "./secrets-store/stores.ts";
import { manageRoutes } from "./tokens/manage.ts";
import { verifyRoutes } from "./tokens/verify.ts";
import { workerVersionRoutes } from "./workers-api/versions.ts";
import { workerRoutes } from "./workers-api/workers.ts";
import { workflowRoutes } from "./workflows/workflows.ts";
import { zoneWorkerRoutes } from "./zones/routes.ts";
import { scriptRouteRoutes } from "./zones/script-routes.ts";
import { zoneRoutes } from "./zones/zones.ts";

/** Every operation of the Cloudflare half. `tokens/verify` stands before `tokens/:token`, which would take it. */
export const cloudflareRoutes: readonly Route<CloudflareContext>[] = [
  ...verifyRoutes,
  ...manageRoutes,
  ...accountRoutes,
  ...uploadRoutes,
  ...readRoutes,
  ...changeRoutes,
  ...settingsPatchRoutes,
  ...secretRoutes,
  ...subdomainRoutes,
  ...tailRoutes,
  ...versionRoutes,
  ...deploymentRoutes,
  ...workerRoutes,
  ...workerVersionRoutes,
  ...storeRoutes,
  ...storeSecretRoutes,
  ...deleteRoutes,
  ...scheduleRoutes,
  ...assetSessionRoutes,
  ...assetUploadRoutes,
  ...durableObjectRoutes,
  ...zoneRoutes,
  ...zoneWorkerRoutes,
  ...scriptRouteRoutes,
  ...domainRoutes,
  ...domainChangeRoutes,
  ...kvNamespaceRoutes,
  ...kvKeyRoutes,
  ...kvValueRoutes,
  ...d1DatabaseRoutes,
  ...d1QueryRoutes,
  ...d1ImportRoutes,
  ...d1UploadRoutes,
  ...r2BucketRoutes,
  ...r2ObjectRoutes,
  ...workflowRoutes,
  ...queueRoutes,
  ...queueConsumerRoutes,
  ...queueMessageRoutes,
  ...absentRoutes,
];
