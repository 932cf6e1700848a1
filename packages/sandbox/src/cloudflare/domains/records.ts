import { type Store, table } from "../../store/store.ts";

/** A custom domain: all requests for a host name go to one Worker. */
export interface DomainRecord {
  /** 32 hex digits. */
  readonly id: string;
  readonly hostname: string;
  readonly zoneId: string;
  readonly zoneName: string;
  readonly service: string;
  readonly environment: string;
  readonly certId: string;
  /** `false`: kept, but not served. */
  readonly enabled: boolean;
  readonly previewsEnabled: boolean;
}

/** By account and id. */
export const domains = table<DomainRecord>("cloudflare.workerDomains");

export function domainsOf(store: Store, account: string): DomainRecord[] {
  const all = store.list(domains, [account]).map(({ record }) => record);
  return all.sort((a, b) => (a.hostname < b.hostname ? -1 : 1));
}
