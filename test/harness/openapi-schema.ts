/** Does a value keep to a schema of the API's description (`/docs-json`)? A field that the description does not mention is a fault too. */

/** As much of OpenAPI 3.1 as the description uses. */
export interface Schema {
  $ref?: string;
  allOf?: Schema[];
  oneOf?: Schema[];
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  maxProperties?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

export type Schemas = Record<string, Schema>;

const FORMATS: Record<string, RegExp> = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
};

/** Where it does not, one line a fault, each with its place. */
export function faultsOf(value: unknown, schema: Schema, schemas: Schemas, place = 'data'): string[] {
  const { $ref, allOf, oneOf, type, format, enum: words, items } = schema;
  if ($ref !== undefined) return faultsOf(value, named($ref, schemas), schemas, place);
  if (allOf) return faultsOf(value, merged(allOf, schemas), schemas, place);
  if (oneOf) {
    const each = oneOf.map((one) => faultsOf(value, one, schemas, place));
    return each.some((faults) => faults.length === 0) ? [] : each.flat();
  }
  if (words && !words.includes(value)) return [`${place}: ${JSON.stringify(value)} is none of ${words.join(', ')}`];
  if (type !== undefined && ![type].flat().some((one) => isOf(one, value)))
    return [`${place}: ${JSON.stringify(value)} is no ${[type].flat().join(' or ')}`];
  if (typeof value === 'string' && format !== undefined && FORMATS[format]?.test(value) === false)
    return [`${place}: "${value}" is no ${format}`];
  if (Array.isArray(value))
    return items ? value.flatMap((each, i) => faultsOf(each, items, schemas, `${place}[${i}]`)) : [];
  return typeof value === 'object' && value !== null ? faultsOfFields(value, schema, schemas, place) : [];
}

/** One that names no fields allows any. */
function faultsOfFields(
  value: object,
  { properties, required = [], maxProperties }: Schema,
  schemas: Schemas,
  place: string,
): string[] {
  if (maxProperties === 0 && Object.keys(value).length > 0) return [`${place} is not empty`];
  if (!properties) return [];
  const missing = required.filter((name) => !(name in value)).map((name) => `${place}.${name} is missing`);
  const faults = Object.entries(value).flatMap(([name, field]) =>
    properties[name]
      ? faultsOf(field, properties[name], schemas, `${place}.${name}`)
      : [`${place}.${name} is not in the description`],
  );
  return [...missing, ...faults];
}

function named(ref: string, schemas: Schemas): Schema {
  const schema = schemas[ref.slice('#/components/schemas/'.length)];
  if (!schema) throw new Error(`The description has no ${ref}`);
  return schema;
}

/** A field that several tell of is what the last of them says. */
function merged(parts: Schema[], schemas: Schemas): Schema {
  return parts
    .map((part) => (part.$ref === undefined ? part : named(part.$ref, schemas)))
    .reduce((all, part) => ({
      ...all,
      ...part,
      ...(all.properties || part.properties ? { properties: { ...all.properties, ...part.properties } } : {}),
      required: [...(all.required ?? []), ...(part.required ?? [])],
    }));
}

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}
