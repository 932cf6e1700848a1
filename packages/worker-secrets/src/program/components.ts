/** Types of our components: part of the URNs of all that is in them, which others may rely on. */
export const WORKER_COMPONENT = "worker-secrets:index:SecretWorker";
export const ENVIRONMENT_COMPONENT = "worker-secrets:index:StackEnvironment";

/** Whether a resource is one of the components or in one, wherever the program puts that. */
export function isInComponent(urn: string, ...components: readonly string[]): boolean {
  // urn:pulumi:<stack>::<project>::<type>$<type>…::<name>: the types of its parents, then its own.
  const types = urn.split("::")[2] ?? "";
  return types.split("$").some((type) => components.includes(type));
}
