import { type Rule, unknown } from "../rule.ts";

const CLOUDFLARE = new Set([
  "cloudflare:index/apiToken:ApiToken",
  "cloudflare:index/accountToken:AccountToken",
]);
const ISSUER = "pulumiservice:index:OidcIssuer";
const DAY_MS = 24 * 60 * 60 * 1000;

/** The deploy token itself is no resource (`ws rotate` makes it); this is for whoever declares tokens beside it. */
export const tokenLifetime: Rule = {
  name: "token-lifetime",
  description: "Every token that the program declares ends by itself, within a bounded time.",
  options: {
    maxDays: {
      type: "integer",
      minimum: 1,
      default: 90,
      description: "The longest life of a declared token, in days from now.",
    },
  },
  applies: (type) => CLOUDFLARE.has(type) || type === ISSUER,
  check({ type, name, inputs }, _, options) {
    const days = typeof options.maxDays === "number" ? options.maxDays : 90;
    if (type === ISSUER) {
      const { maxExpirationSeconds: seconds } = inputs;
      if (seconds === unknown || (typeof seconds === "number" && seconds * 1000 <= days * DAY_MS)) return [];
      return [`Tokens by the issuer ${name} may live for more than ${days} days. Set maxExpirationSeconds.`];
    }
    const { expiresOn } = inputs;
    if (expiresOn === unknown) return [];
    if (typeof expiresOn !== "string" || Number.isNaN(Date.parse(expiresOn)))
      return [`The token ${name} never ends. Set expiresOn to a time within ${days} days.`];
    if (Date.parse(expiresOn) <= Date.now() + days * DAY_MS) return [];
    return [`The token ${name} lives for more than ${days} days. Set expiresOn to a time within that.`];
  },
};
