/**
 * Makes the schemas of the API's answers from their types: `interface Answers` in libs/contract/answers.ts names them. The
 * build writes them beside the API, which puts them into its description (apps/api/openapi/document.ts).
 *
 * `@elsewhere` leaves one out that is described in another place.
 *
 * It reads the type as it is written, so that values come in their order, and knows what answers are made of: interfaces,
 * lists, records, texts that are one of some, null, and what TypeScript makes of other types (`Omit`, `Partial`). It
 * refuses anything else, by name. `@format`, `@type` and `@example` of a comment go into the schema, as does its text.
 */
import { join } from 'node:path';
import { root } from './places.mjs';
import { Trouble } from './trouble.mjs';

const TABLE = 'libs/contract/answers.ts';

/** By name: the schemas of all answers. */
export async function answerSchemas() {
  // Not at the top: this script's neighbours run before anything is installed.
  const { default: ts } = await import('typescript');
  const file = join(root, TABLE);
  const options = { strict: true, noEmit: true, types: [], lib: ['lib.es5.d.ts'], skipLibCheck: true };
  return new Schemas(ts, ts.createProgram([file], options)).ofTable(file);
}

class Schemas {
  constructor(ts, program) {
    this.ts = ts;
    this.program = program;
    this.checker = program.getTypeChecker();
    /** What is answered by a name, as it is declared: its name in the description. */
    this.names = new Map();
  }

  ofTable(file) {
    const { ts } = this;
    const table = this.program.getSourceFile(file).statements.find(ts.isInterfaceDeclaration);
    for (const { name, type } of table.members)
      if (ts.isTypeReferenceNode(type) && !type.typeArguments) this.names.set(this.declared(type), name.text);
    const made = table.members.filter(
      (member) => !ts.getJSDocTags(member).some((tag) => tag.tagName.text === 'elsewhere'),
    );
    return Object.fromEntries(made.map(({ name, type }) => [name.text, this.named(type)]));
  }

  /** The schema that a name of the table stands for. */
  named(node) {
    const declaration = node.typeArguments ? undefined : this.declared(node).declarations[0];
    return declaration && this.ts.isTypeAliasDeclaration(declaration)
      ? this.of(declaration.type)
      : this.object(this.checker.getTypeFromTypeNode(node));
  }

  declared(node) {
    const symbol = this.checker.getSymbolAtLocation(node.typeName ?? node.exprName);
    return symbol.flags & this.ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }

  of(node) {
    const { ts } = this;
    const Kind = ts.SyntaxKind;
    switch (node.kind) {
      case Kind.StringKeyword:
        return { type: 'string' };
      // Numbers of this API count something: ms, bytes, calls. `@type number` says that one does not.
      case Kind.NumberKeyword:
        return { type: 'integer' };
      case Kind.BooleanKeyword:
        return { type: 'boolean' };
      case Kind.UnknownKeyword:
        return {};
      case Kind.ParenthesizedType:
        return this.of(node.type);
      case Kind.ArrayType:
        return { type: 'array', items: this.of(node.elementType) };
      case Kind.LiteralType:
        return this.literal(node.literal);
      case Kind.UnionType:
        return this.union(node.types.map((each) => this.of(each)));
      case Kind.TypeReference:
        return this.reference(node);
      case Kind.IndexedAccessType:
      case Kind.TypeOperator:
        return { type: 'string', enum: this.texts(node) };
      case Kind.TypeLiteral:
      case Kind.IntersectionType:
        return this.object(this.checker.getTypeFromTypeNode(node));
      default:
        throw new Trouble(`No schema for the type ${node.getText()} in ${node.getSourceFile().fileName}.`);
    }
  }

  literal({ kind, text }) {
    const Kind = this.ts.SyntaxKind;
    if (kind === Kind.NullKeyword) return { type: 'null' };
    if (kind === Kind.StringLiteral) return { type: 'string', enum: [text] };
    return { type: 'boolean', enum: [kind === Kind.TrueKeyword] };
  }

  union(parts) {
    const some = parts.filter(({ type }) => type !== 'null');
    const isNullable = some.length < parts.length;
    const one = some.every((part) => part.enum && part.type === 'string')
      ? { type: 'string', enum: some.flatMap((part) => part.enum) }
      : some.length === 1
        ? some[0]
        : { oneOf: some };
    if (!isNullable) return one;
    if (one.type === undefined) return { oneOf: [...(one.oneOf ?? [one]), { type: 'null' }] };
    return { ...one, type: [one.type, 'null'], ...(one.enum ? { enum: [...one.enum, null] } : {}) };
  }

  reference(node) {
    const symbol = this.declared(node);
    const name = this.names.get(symbol);
    if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
    const [declaration] = symbol.declarations;
    const [first, second] = node.typeArguments ?? [];
    if (symbol.name === 'Record') return this.record(node, first, second);
    if (symbol.name === 'ReadonlyArray' || symbol.name === 'Array') return { type: 'array', items: this.of(first) };
    if (!this.ts.isTypeAliasDeclaration(declaration) || node.typeArguments)
      return this.object(this.checker.getTypeFromTypeNode(node));
    return { ...this.of(declaration.type), ...this.tagsOf(symbol) };
  }

  record(node, key, value) {
    if (key.kind === this.ts.SyntaxKind.StringKeyword)
      return {
        type: 'object',
        additionalProperties: value.kind === this.ts.SyntaxKind.UnknownKeyword || this.of(value),
      };
    const names = this.checker.getPropertiesOfType(this.checker.getTypeFromTypeNode(node)).map((each) => each.name);
    const properties = Object.fromEntries(names.map((name) => [name, this.of(value)]));
    return { type: 'object', required: names, properties };
  }

  /** The values of `(typeof NAMES)[number]`, of `keyof typeof TABLE`, or of `Other['field']`, in their order. */
  texts(node) {
    const { ts, checker } = this;
    if (ts.isTypeOperatorNode(node))
      return checker.getPropertiesOfType(checker.getTypeFromTypeNode(node.type)).map(({ name }) => name);
    const list = checker.getTypeFromTypeNode(node.objectType);
    return checker.getTypeArguments(list).map(({ value }) => value);
  }

  object(type) {
    const { ts, checker } = this;
    const properties = {};
    const required = [];
    for (const property of checker.getPropertiesOfType(type)) {
      const node = property.declarations?.[0]?.type;
      if (!node) throw new Trouble(`No schema for ${property.name} of ${checker.typeToString(type)}.`);
      properties[property.name] = this.described(property, this.of(node));
      if (!(property.flags & ts.SymbolFlags.Optional)) required.push(property.name);
    }
    return { type: 'object', ...(required.length > 0 ? { required } : {}), properties };
  }

  /** Beside a reference a comment would be lost to readers of OpenAPI 3.0; so the reference goes into a list of one. */
  described(property, schema) {
    const text = this.ts
      .displayPartsToString(property.getDocumentationComment(this.checker))
      .replace(/\s+/g, ' ')
      .trim();
    const more = { ...this.tagsOf(property), ...(text === '' ? {} : { description: text }) };
    if (Object.keys(more).length === 0) return schema;
    return schema.$ref === undefined ? { ...schema, ...more } : { ...more, allOf: [schema] };
  }

  tagsOf(symbol) {
    const tags = symbol.getJsDocTags(this.checker).filter(({ name }) => ['format', 'type', 'example'].includes(name));
    return Object.fromEntries(tags.map(({ name, text }) => [name, this.ts.displayPartsToString(text).trim()]));
  }
}
