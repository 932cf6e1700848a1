/** Words that say that a name's value is secret, whole parts between `_`, `-` and changes of case. */
const SECRET_WORDS = new Set(
  (
    "secret secrets token tokens password passwords passwd pwd passphrase credential credentials apikey privatekey " +
    "accesskey signingkey dsn pat jwt"
  ).split(" "),
);
/** What makes a secret of the word `key` when it stands right before it. */
const SECRET_KEYS = new Set(
  "api private access signing encryption master service auth shared account storage deploy hmac aes".split(
    " ",
  ),
);
/** Of a name's last word: it tells something about a secret, and is none (`TOKEN_TTL`, `SECRET_ARN`). */
const ABOUT = new Set(
  (
    "url uri endpoint host id ids name names ttl lifetime expiry expires age length size count limit header cookie " +
    "issuer audience type kind version algorithm path arn prefix field enabled required"
  ).split(" "),
);

/** Whether a variable of this name most likely holds a secret. */
export function secretName(name: string): boolean {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== "");
  if (words.includes("public") || ABOUT.has(words.at(-1) ?? "")) return false;
  return words.some(
    (word, i) => SECRET_WORDS.has(word) || (/^keys?$/.test(word) && SECRET_KEYS.has(words[i - 1] ?? "")),
  );
}

/** Forms of secrets that their makers document, so that scanners find them. */
const KNOWN: readonly (readonly [what: string, form: RegExp])[] = [
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ["a JSON Web Token", /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/],
  ["a Cloudflare token", /\bcf(?:ut|at|k)_[\w-]{20,}|\bv1\.0-[0-9a-f]{24}-[0-9a-f]{100,}/],
  ["a Pulumi token", /\bpul-[0-9a-f]{40}\b/],
  ["a GitHub token", /\bgh[pousr]_[A-Za-z\d]{30,}|\bgithub_pat_\w{30,}/],
  ["a GitLab token", /\bglpat-[\w-]{20,}/],
  ["an AWS access key", /\b(?:AKIA|ASIA)[A-Z\d]{16}\b/],
  ["a Google API key", /\bAIza[\w-]{35}/],
  ["a Slack token", /\bxox[abprs]-[\w-]{10,}/],
  ["a Slack webhook", /hooks\.slack\.com\/services\/\w+\/\w+\/\w+/],
  ["a Stripe key", /\b[sr]k_(?:live|test)_[A-Za-z\d]{16,}/],
  ["an npm token", /\bnpm_[A-Za-z\d]{30,}/],
  ["a SendGrid key", /\bSG\.[\w-]{16,}\.[\w-]{16,}/],
  ["an AI service's key", /\bsk-[\w-]{20,}/],
  ["a webhook's signing secret", /\bwhsec_[\w+/=]{16,}/],
  ["an address with a password", /\b[a-z][a-z\d+.-]*:\/\/[^\s/:@]*:[^\s/@${]+@/i],
];

/** A run of characters that could be a key as it is: letters of both cases and digits, without any word break. */
const RANDOM = /[\w+/=-]{32,}/g;
/** Bits per character of a text that was drawn at random from 62 characters; English and names stay well below. */
const LEAST_ENTROPY = 4.2;

/** What secret a text looks like, or nothing. Hexadecimal texts are not taken for one: hashes and ids are hexadecimal. */
export function secretText(text: string): string | undefined {
  const known = KNOWN.find(([, form]) => form.test(text));
  if (known) return known[0];
  // A path of many words is as varied as a key.
  const random = (text.replace(/\bhttps?:\/\/\S+/g, " ").match(RANDOM) ?? []).some(
    (word) => /[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word) && entropy(word) >= LEAST_ENTROPY,
  );
  return random ? "a random key" : undefined;
}

/** Shannon's, of the text's own distribution of characters, in bits per character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => {
    const share = count / text.length;
    return sum - share * Math.log2(share);
  }, 0);
}
