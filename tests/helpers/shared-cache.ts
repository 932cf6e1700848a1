import { homedir } from "node:os";
import { join } from "node:path";

/**
 * The machine's folder for caches, for tests whose programs have a home of their own: what wrangler compiled once out of the same files
 * is taken from there, as in a user's checkouts.
 */
export const SHARED_CACHE = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
