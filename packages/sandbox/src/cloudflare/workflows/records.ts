import { type Store, table } from "../../store/store.ts";

/** A Workflow: a name in the account, and the class of a script that its instances run. It outlives the script. */
export interface WorkflowRecord {
  /** A UUID. */
  readonly id: string;
  readonly name: string;
  readonly className: string;
  readonly scriptName: string;
  readonly createdOn: string;
  readonly modifiedOn: string;
  /** A UUID, new with each registration. */
  readonly versionId: string;
  /** Steps that an instance may take. Absent: as many as the runtime allows. */
  readonly maxSteps?: number;
}

/** By account and name. */
export const workflows = table<WorkflowRecord>("cloudflare.workflows");

/** Newest first. */
export function workflowsOf(store: Store, account: string): WorkflowRecord[] {
  const all = store.list(workflows, [account]).map(({ record }) => record);
  return all.sort((a, b) => (a.createdOn > b.createdOn ? -1 : 1));
}

/** A renamed script keeps its Workflows. Call within the same transaction. */
export function renameWorkflows(store: Store, account: string, from: string, to: string): void {
  for (const { key, record } of store.list(workflows, [account])) {
    if (record.scriptName === from) store.put(workflows, key, { ...record, scriptName: to });
  }
}
