import type { Fingerprints } from "./fingerprints.ts";
import type { Observed } from "./observe.ts";
import type { Settings } from "./settings.ts";
import type { Uploads } from "./upload-text.ts";

/** Everything that was found out before anything is registered. */
export interface Found extends Uploads {
  readonly settings: Settings;
  readonly observed: Observed;
  readonly fingerprints: Fingerprints;
}
