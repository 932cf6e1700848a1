import { table } from "../../store/store.ts";

/** Times are milliseconds. Exactly one of `cron` and `once` is there. */
export interface DeploymentSchedule {
  readonly id: string;
  readonly paused: boolean;
  readonly created: number;
  readonly modified: number;
  readonly cron?: string;
  readonly once?: string;
  /** What would be run: the contract's `CreateDeploymentRequest`, its secrets sealed. */
  readonly request: Readonly<Record<string, unknown>>;
}

/** [stack id] */
export const deploymentSettings = table<{
  readonly version: number;
  readonly settings: Readonly<Record<string, unknown>>;
}>("deployments/settings");
/** [stack id, schedule id] */
export const deploymentSchedules = table<DeploymentSchedule>("deployments/schedules");
