/** The sandbox's default port. Fixed, because a stack's state and the providers' inputs hold the backend's URL. */
export const DEFAULT_PORT = 8977;
