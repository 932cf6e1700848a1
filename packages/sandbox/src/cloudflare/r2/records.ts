import { type Store, table } from "../../store/store.ts";

export interface BucketRecord {
  readonly name: string;
  readonly creationDate: string;
  readonly location?: string;
  /** `default`, `eu`, `fedramp` …: a bucket exists in one of them only. */
  readonly jurisdiction: string;
  readonly storageClass: string;
}

/** By account, jurisdiction and name. */
export const buckets = table<BucketRecord>("cloudflare.r2Buckets");

export const DEFAULT_JURISDICTION = "default";

export function findBucket(
  store: Store,
  account: string,
  name: string,
  jurisdiction: string | undefined,
): BucketRecord | undefined {
  return store.get(buckets, [account, jurisdiction ?? DEFAULT_JURISDICTION, name]);
}

/** What the bucket's data is kept under: the same name may exist in several jurisdictions. */
export function storedName({ name, jurisdiction }: Pick<BucketRecord, "name" | "jurisdiction">): string {
  return jurisdiction === DEFAULT_JURISDICTION ? name : `${jurisdiction}_${name}`;
}
