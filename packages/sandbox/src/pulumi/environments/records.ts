import { table } from "../../store/store.ts";

export interface Dated {
  readonly created: string;
  readonly modified: string;
}

export interface RevisionTag extends Dated {
  readonly revision: number;
}

export interface EnvironmentTag extends Dated {
  readonly id: string;
  readonly value: string;
}

/** One Environment. Its definitions are kept under its `id`, and its secrets are sealed for it. Times are ISO 8601. */
export interface Environment extends Dated {
  readonly id: string;
  readonly organization: string;
  readonly project: string;
  readonly name: string;
  /** The number of the newest revision; the first is 1. */
  readonly latest: number;
  readonly deletionProtected: boolean;
  readonly tags: Readonly<Record<string, EnvironmentTag>>;
  /** Without `latest`, which moves by itself. */
  readonly revisionTags: Readonly<Record<string, RevisionTag>>;
}

export interface Retraction {
  readonly replacement: number;
  readonly at: string;
  readonly reason: string;
}

export interface Revision {
  readonly number: number;
  readonly created: string;
  /** The definition, its secrets in ciphertext form. */
  readonly text: string;
  readonly retracted?: Retraction;
}

export interface SecretRotation {
  readonly id: string;
  readonly environmentPath: string;
  readonly status: "succeeded" | "failed";
  readonly errorMessage?: string;
}

/** One rotation of an Environment, in the service's form. It holds no values. */
export interface RotationEvent {
  readonly id: string;
  readonly environmentId: string;
  readonly created: string;
  readonly preRotationRevision: number;
  /** Absent when nothing was written. */
  readonly postRotationRevision?: number;
  readonly userID: string;
  readonly completed: string;
  readonly status: "succeeded" | "failed";
  readonly errorMessage?: string;
  readonly rotations: readonly SecretRotation[];
}

/** When secrets are to be rotated: by exactly one of `cron` and `once`. */
export interface Schedule extends Dated {
  readonly cron?: string;
  /** ISO 8601. */
  readonly once?: string;
  /** The one secret to rotate; all for an empty text. */
  readonly path: string;
  readonly paused: boolean;
}

/** [organization, project, name] */
export const environments = table<Environment>("environments");
/** [organization, environment id] Deleted, and still to be restored: what belongs to one is kept until it is purged. */
export const deletedEnvironments = table<Environment & { readonly deletedAt: string }>(
  "deleted-environments",
);
/** [environment id, number] */
export const revisions = table<Revision>("revisions");
/** [environment id, time, event id] */
export const rotationEvents = table<RotationEvent>("rotation-events");
/** [environment id, schedule id] */
export const schedules = table<Schedule>("schedules");
