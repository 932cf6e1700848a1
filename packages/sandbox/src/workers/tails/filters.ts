import * as v from "valibot";

/**
 * Which invocations a tail is for; all filters have to hold. The names are those that wrangler 4.164 sends, in
 * `wrangler tail --format json --status … --method … --header … --search … --sampling-rate … --ip …`.
 */
export const filterSchema = v.union([
  v.strictObject({ outcome: v.array(v.string()) }),
  v.strictObject({ method: v.array(v.string()) }),
  v.strictObject({ header: v.strictObject({ key: v.string(), query: v.optional(v.string()) }) }),
  v.strictObject({ query: v.string() }),
  v.strictObject({ sampling_rate: v.pipe(v.number(), v.minValue(0), v.maxValue(1)) }),
  v.strictObject({ client_ip: v.array(v.string()) }),
  v.strictObject({ scriptVersion: v.string() }),
]);

export type TailFilter = v.InferOutput<typeof filterSchema>;

/** As far as filters look into it. Source: `TraceItem` of workerd. */
const eventSchema = v.looseObject({
  outcome: v.string(),
  logs: v.optional(v.array(v.looseObject({ message: v.unknown() })), []),
  event: v.nullish(
    v.looseObject({
      request: v.optional(v.looseObject({ method: v.string(), headers: v.record(v.string(), v.string()) })),
    }),
  ),
});

/** Whether a tail with these filters is told of an event. `chance` is from 0 to 1. */
export function passes(filters: readonly TailFilter[], event: unknown, chance: number): boolean {
  const parsed = v.safeParse(eventSchema, event);
  if (!parsed.success) return filters.length === 0;
  const { outcome, logs, event: cause } = parsed.output;
  const request = cause?.request;
  return filters.every((filter) => {
    if ("outcome" in filter) return filter.outcome.includes(outcome);
    if ("sampling_rate" in filter) return chance < filter.sampling_rate;
    if ("query" in filter) return JSON.stringify(logs.map(({ message }) => message)).includes(filter.query);
    if ("method" in filter) return filter.method.some((one) => one.toUpperCase() === request?.method);
    if ("header" in filter) {
      const value = request?.headers[filter.header.key.toLowerCase()];
      return value?.includes(filter.header.query ?? "") === true;
    }
    if ("client_ip" in filter)
      return filter.client_ip.some((ip) => ip === "self" || ip === request?.headers["cf-connecting-ip"]);
    return (event as { scriptVersion?: { id?: string } }).scriptVersion?.id === filter.scriptVersion;
  });
}
