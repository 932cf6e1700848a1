/** Marks a special value in a state and in what the engine sends; the Pulumi SDK's own constants. */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
/** What a secret has under the key `SIGNATURE`. */
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";
