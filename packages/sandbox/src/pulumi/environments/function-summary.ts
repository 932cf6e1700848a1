import { type EscEnvironment, type EscExpr, joinIndex, joinKey } from "@worker-secrets/esc";

/** What a check tells of the functions in a definition, in the service's form. */
export interface FunctionSummary {
  /** By name, such as `fn::secret`: how often it is called. */
  readonly funcCounts: Readonly<Record<string, number>>;
  /** Where the rotated secrets are. */
  readonly rotationPaths: readonly string[];
}

export function functionSummary({ exprs = {} }: EscEnvironment): FunctionSummary {
  const funcCounts: Record<string, number> = {};
  const rotationPaths: string[] = [];
  const visit = (path: string, { builtin, list, object }: EscExpr): void => {
    if (builtin !== undefined) {
      funcCounts[builtin.name] = (funcCounts[builtin.name] ?? 0) + 1;
      if (builtin.name.startsWith("fn::rotate")) rotationPaths.push(path);
      visit(joinKey(path, builtin.name), builtin.arg);
    }
    for (const [index, member] of (list ?? []).entries()) visit(joinIndex(path, index), member);
    for (const [key, member] of Object.entries(object ?? {})) visit(joinKey(path, key), member);
  };
  for (const [key, expression] of Object.entries(exprs)) visit(joinKey("", key), expression);
  return { funcCounts, rotationPaths };
}
