import { exportValue } from "../export-value.ts";
import { plainData } from "../json-text.ts";
import { anything } from "../schema/accept.ts";
import { compileSchema } from "../schema/compile.ts";
import { schemaFromData } from "../schema/from-data.ts";
import { schemaOfSchemas } from "../schema/schema-of-schemas.ts";
import { report, type Scope } from "../scope.ts";
import type { BodyOf, Term } from "../terms.ts";
import type { Value } from "../values.ts";
import { evaluateTyped } from "./arguments.ts";
import { passThrough } from "./final.ts";

/** `fn::validate: {schema, value}`: the value, with an error for each way in which it does not fit the schema. */
export function callValidate(scope: Scope, term: Term, body: BodyOf<"validate">): Value {
  const unchecked = () => passThrough(term, scope.evaluate(body.value, anything));
  const { value: given, ok } = evaluateTyped(scope, body.schema, schemaOfSchemas);
  if (!ok || given.containsUnknowns) return unchecked();

  const schema = schemaFromData(plainData(exportValue(given, "")));
  const invalid = compileSchema(schema);
  if (invalid !== undefined) {
    report(scope, body.schema.at, `invalid schema: ${invalid}`);
    return unchecked();
  }
  return passThrough(term, evaluateTyped(scope, body.value, schema).value);
}
