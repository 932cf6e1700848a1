import { createHmac, randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/**
 * Makes keyed fingerprints, so that a preview shows *which* secret changes: the engine itself shows the whole of a
 * Worker's bindings as one `[secret]`.
 *
 * The key is random, made once and kept (encrypted) in the stack's state. Whoever may decrypt that state has the key
 * and could test guesses of a value against its fingerprint; they could read the value itself there too.
 */
export class Fingerprints {
  readonly #key: pulumi.Output<string>;
  readonly #stack: string;
  /** What keeps the key. */
  readonly resource: pulumi.Resource;

  constructor(stack: string) {
    this.#stack = stack;
    const stash = new pulumi.Stash(
      "fingerprint-key",
      { input: pulumi.secret(randomBytes(32).toString("hex")) },
      { ignoreChanges: ["input"] },
    );
    this.resource = stash;
    this.#key = stash.output.apply(String);
  }

  /** One per name, of plain variables as JSON: a short value could be guessed from a hash without a key. */
  ofVariables(vars: Readonly<Record<string, unknown>>): pulumi.Output<Record<string, string>> {
    return this.ofSecrets(variableTexts(vars));
  }

  /** One per name. */
  ofSecrets(values: ReadonlyMap<string, pulumi.Input<string>>): pulumi.Output<Record<string, string>> {
    const fingerprints = pulumi
      .all([this.#key, Object.fromEntries(values)])
      .apply(([key, texts]) => fingerprintsOf(key, this.#stack, new Map(Object.entries(texts))));
    return pulumi.unsecret(fingerprints);
  }

  /** Of any text, such as everything that one upload holds. */
  of(name: string, text: pulumi.Input<string>): pulumi.Output<string> {
    return pulumi.unsecret(
      pulumi.all([this.#key, text]).apply(([key, all]) => fingerprint(key, this.#stack, name, all)),
    );
  }
}

/** The variables of a wrangler file as texts to take fingerprints of. */
export function variableTexts(vars: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(vars).map(([name, value]) => [name, JSON.stringify(value)]));
}

/** The fingerprint of each of some texts, for who has the key. */
export function fingerprintsOf(
  key: string,
  stack: string,
  texts: ReadonlyMap<string, string>,
): Record<string, string> {
  return Object.fromEntries([...texts].map(([name, text]) => [name, fingerprint(key, stack, name, text)]));
}

/** 12 hex digits of HMAC-SHA-256; the parts are framed as JSON, so that no two lists of parts read the same. */
export function fingerprint(key: string, stack: string, name: string, value: string): string {
  return createHmac("sha256", key)
    .update(JSON.stringify([stack, name, value]))
    .digest("hex")
    .slice(0, 12);
}
