import type { Json } from "../../store/store.ts";

/**
 * Who gets a script's logs. The scripts' API says `{service, environment?, namespace?}`, and that is what is kept; the
 * newer API says `{name}`. An older sandbox kept whatever it was sent.
 */
export function consumerOf(consumer: Json): string | undefined {
  if (typeof consumer !== "object" || consumer === null) return undefined;
  const name = "service" in consumer ? consumer.service : "name" in consumer ? consumer.name : undefined;
  return typeof name === "string" ? name : undefined;
}

/** As the scripts' API answers them. */
export function consumersForScripts(consumers: readonly Json[]): readonly Json[] {
  return consumers.map((consumer) => {
    if (typeof consumer === "object" && consumer !== null && "service" in consumer) return consumer;
    return { service: consumerOf(consumer) ?? "" };
  });
}

/** As the newer API answers them. */
export function consumersForWorkers(consumers: readonly Json[]): readonly { readonly name: string }[] {
  return consumers.map((consumer) => ({ name: consumerOf(consumer) ?? "" }));
}

/** As they are kept. One that stays also keeps what the newer API can't say of it. */
export function consumersNamed(
  sent: readonly { readonly name: string }[],
  before: readonly Json[],
): readonly Json[] {
  return sent.map(({ name }) => before.find((one) => consumerOf(one) === name) ?? { service: name });
}
