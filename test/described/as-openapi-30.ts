/** The description in the words of OpenAPI 3.0, for generators that know no others. */
type Json = Record<string, unknown>;

export function asOpenApi30(document: Json): Json {
  return { ...(older(document) as Json), openapi: '3.0.3' };
}

function older(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(older);
  if (typeof value !== 'object' || value === null) return value;
  const schema = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, older(part)]));
  const { type, oneOf, anyOf, ...rest } = schema as { type?: unknown; oneOf?: Json[]; anyOf?: Json[] };
  if (type === 'null') return { ...rest, nullable: true };
  if (Array.isArray(type)) {
    const types = type.filter((one) => one !== 'null');
    // Several types of one value have no words in 3.0.
    const one = types.length === 1 ? { type: types[0] as string } : {};
    return { ...rest, ...one, ...(types.length < type.length ? { nullable: true } : {}) };
  }
  // Generators of that time know no unions of objects: they are objects of any kind to them.
  if (oneOf && oneOf.filter((one) => !isNull(one)).length > 1)
    return { ...rest, type: 'object', additionalProperties: true };
  const either = oneOf ?? anyOf;
  const others = either?.filter((one) => !isNull(one));
  if (either && others && others.length < either.length) return { ...rest, nullable: true, allOf: others };
  return schema;
}

function isNull(schema: Json): boolean {
  return schema.nullable === true && Object.keys(schema).length === 1;
}
