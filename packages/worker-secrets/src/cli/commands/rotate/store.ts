import type { PulumiClient } from "../../../api/pulumi.ts";
import { editEnvironment, placeOf, store, type Variable } from "../../project/init-environments.ts";
import { type Place, previousName } from "./plan.ts";

/** Stores a new value, and in the same revision the old one as `NAME_PREVIOUS`: neither is ever there without the other. */
export async function storeRotated(
  client: PulumiClient,
  environment: string,
  { name, worker }: Place,
  value: string,
  keep: string | undefined,
): Promise<void> {
  const variables: Variable[] = [
    ...(keep === undefined ? [] : [{ name: previousName(name), value: keep, secret: true, worker }]),
    { name, value, secret: true, worker },
  ];
  await editEnvironment(client, environment, (document) => {
    for (const variable of variables) store(document, variable);
    return variables.map((variable) => variable.name);
  });
}

/**
 * Ends an overlap: `NAME_PREVIOUS` goes, or where it is required (a declared name has to have a value) becomes the same
 * as NAME, so that the old value opens nothing any more.
 */
export async function endOverlap(
  client: PulumiClient,
  environment: string,
  { name, worker }: Place,
  current: string,
  required: boolean,
): Promise<boolean> {
  const previous = previousName(name);
  const place = placeOf({ name: previous, worker });
  const { stored } = await editEnvironment(client, environment, (document) => {
    if (!required) return document.deleteIn(place) ? [previous] : [];
    store(document, { name: previous, value: current, secret: true, worker });
    return [previous];
  });
  return stored.length > 0;
}
