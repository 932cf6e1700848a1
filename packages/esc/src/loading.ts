/** Decrypts the stored form of a secret, without its envelope. Throws if it cannot. */
export interface Decrypter {
  decrypt(ciphertext: Uint8Array): Uint8Array;
}

/** Encrypts a secret. The envelope is put around the result. */
export interface Encrypter {
  encrypt(plaintext: Uint8Array): Uint8Array;
}

/** The name of an environment as an import writes it: `name`, `project/name`, either with `@version`. */
export interface EnvironmentRef {
  project: string | undefined;
  name: string;
  version: string | undefined;
  /** The reference as written. */
  text: string;
}

/** The definition behind a reference. */
export interface LoadedEnvironment {
  /** `project/name`, as ranges and diagnostics show it. */
  name: string;
  text: string;
  decrypter: Decrypter;
}

/** Finds the definitions of imported environments. */
export interface Loader {
  load(ref: EnvironmentRef): LoadedEnvironment | { error: string };
}

/** Splits a reference into project, name and version. The version is a revision number or a tag. */
export function parseReference(text: string): EnvironmentRef {
  const at = text.indexOf("@");
  const path = at < 0 ? text : text.slice(0, at);
  const slash = path.indexOf("/");
  return {
    project: slash < 0 ? undefined : path.slice(0, slash),
    name: slash < 0 ? path : path.slice(slash + 1),
    version: at < 0 ? undefined : text.slice(at + 1),
    text,
  };
}
