/** The options of `ws rotate NAME`. */
export interface RotateOptions {
  readonly worker?: string;
  readonly generate?: boolean;
  readonly value?: string;
  /** A value on standard input is taken as it stands, also one in quotes. */
  readonly raw?: boolean;
  readonly rotator?: boolean;
  readonly overlap?: boolean;
  readonly endOverlap?: boolean;
  /** Store a literal although the value comes from elsewhere. */
  readonly detach?: boolean;
  readonly verifyUrl?: string;
  /** `false` with `--no-up`. */
  readonly up?: boolean;
  readonly json?: boolean;
  readonly root?: string;
  readonly stack?: string;
}
