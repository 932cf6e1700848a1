import { createHmac } from "node:crypto";

/**
 * The sample Worker's proofs (worker/src/proof.ts), made here from the same key: HMAC-SHA-256 of fixed messages. The commands have
 * them on their own, since a project may have another Worker, or none, in the sample's folder.
 */
const hmac = (message: string) => (key: string) => createHmac("sha256", key).update(message).digest("hex");

/** What `GET /proof` answers: whoever answers holds the key. */
export const provePossession = hmac("worker-secrets/v1/possession");

/** What a caller of `GET /names` sends. */
export const requestNames = hmac("worker-secrets/v1/names/request");

/** What `GET /names` answers. */
export const proveNames = hmac("worker-secrets/v1/names/answer");
