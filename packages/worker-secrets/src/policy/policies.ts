import type { ResourceValidationPolicy } from "@pulumi/policy";
import { plainInputs } from "./plain.ts";
import type { Rule, Run } from "./rule.ts";

/** A rule as @pulumi/policy takes it. Its level is the pack's, `mandatory`, until a config file says another. */
export function policyOf(rule: Rule, currentRun: () => Run): ResourceValidationPolicy {
  const { name, description, options } = rule;
  return {
    name,
    description,
    ...(options === undefined ? {} : { configSchema: { properties: structuredClone(options) } }),
    async validateResource(args, reportViolation) {
      if (!rule.applies(args.type)) return;
      const resource = {
        type: args.type,
        name: args.name,
        protect: args.opts.protect,
        inputs: await plainInputs(args.props),
      };
      for (const fault of await rule.check(resource, currentRun(), args.getConfig())) reportViolation(fault);
    },
  };
}
