import { createRequire } from "node:module";

const sdk = createRequire(import.meta.url)("@pulumi/pulumi/package.json") as { readonly version: string };

/** The SDK's version, whose runner this host starts, marked so that `pulumi about` and `pulumi plugin ls` show what it is. */
export const STAND_IN_VERSION = `${sdk.version}-stand-in`;
