import type { Route } from "../http/route.ts";
import { absentRoutes } from "./absent.ts";
import { memberRoutes } from "./access/members.ts";
import { policyRoutes } from "./access/policies.ts";
import { teamRoutes } from "./access/teams.ts";
import { tokenRoutes } from "./access/tokens.ts";
import type { PulumiHalf } from "./context.ts";
import { contractRoute } from "./contract.ts";
import { deploymentScheduleRoutes } from "./deployments/schedules.ts";
import { deploymentSettingsRoutes } from "./deployments/settings.ts";
import { catalogRoutes } from "./environments/catalog.ts";
import { checkRoutes } from "./environments/check.ts";
import { cloneRoutes } from "./environments/clone.ts";
import { definitionRoutes } from "./environments/definitions.ts";
import { deletedRoutes } from "./environments/deleted.ts";
import { environmentRoutes } from "./environments/environments.ts";
import { openRoutes } from "./environments/open.ts";
import { referrerRoutes } from "./environments/referrers.ts";
import { revisionTagRoutes } from "./environments/revision-tags.ts";
import { revisionRoutes } from "./environments/revisions.ts";
import { rotateRoutes } from "./environments/rotate.ts";
import { scheduleRoutes } from "./environments/schedules.ts";
import { settingsRoutes } from "./environments/settings.ts";
import { singleSecretRoutes } from "./environments/single-secrets.ts";
import { environmentTagRoutes } from "./environments/tags.ts";
import { identityRoutes } from "./identity.ts";
import { checkpointRoutes } from "./state/checkpoints.ts";
import { eventRoutes } from "./state/events.ts";
import { historyRoutes } from "./state/history.ts";
import { journalRoutes } from "./state/journal-routes.ts";
import { previewRoutes } from "./state/previews.ts";
import { renameRoutes } from "./state/rename.ts";
import { secretRoutes } from "./state/secrets.ts";
import { stackRoutes } from "./state/stacks.ts";
import { configRoutes, tagRoutes } from "./state/tags.ts";
import { transferRoutes } from "./state/transfer.ts";
import { updateRoutes } from "./state/updates.ts";

/** Every operation of the Pulumi half. The first route that fits a request answers it. */
export const pulumiRoutes: readonly Route<PulumiHalf>[] = [
  contractRoute(() => pulumiRoutes),
  ...identityRoutes,
  ...tokenRoutes,
  ...teamRoutes,
  ...memberRoutes,
  ...policyRoutes,
  ...stackRoutes,
  ...renameRoutes,
  ...tagRoutes,
  ...configRoutes,
  ...secretRoutes,
  ...transferRoutes,
  ...historyRoutes,
  ...previewRoutes,
  ...updateRoutes,
  ...checkpointRoutes,
  ...journalRoutes,
  ...deploymentSettingsRoutes,
  ...deploymentScheduleRoutes,
  ...eventRoutes,
  ...environmentRoutes,
  ...deletedRoutes,
  ...checkRoutes,
  ...revisionTagRoutes,
  ...revisionRoutes,
  ...definitionRoutes,
  ...cloneRoutes,
  ...environmentTagRoutes,
  ...settingsRoutes,
  ...catalogRoutes,
  ...rotateRoutes,
  ...scheduleRoutes,
  ...referrerRoutes,
  ...singleSecretRoutes,
  // Before the sessions, one of whose ids a request to open could be taken for.
  ...absentRoutes,
  ...openRoutes,
];
