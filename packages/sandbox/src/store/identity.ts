/**
 * Who the sandbox knows: one user, one organization, one Cloudflare account. `token` opens both halves; the
 * Cloudflare half may know further ones with their own validity.
 */
export interface Identity {
  readonly user: string;
  readonly email: string;
  readonly organization: string;
  /** At least 40 characters of `[0-9A-Za-z_-]`: the CLI masks every occurrence in its output, and the Cloudflare
   * provider refuses other forms when it is given as config. */
  readonly token: string;
  /** 32 hex digits, as Cloudflare's are. */
  readonly accountId: string;
  readonly accountName: string;
  /** The account's workers.dev label. */
  readonly subdomain: string;
}
