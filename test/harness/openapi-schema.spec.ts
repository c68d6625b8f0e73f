import { faultsOf, type Schemas } from './openapi-schema';

const schemas: Schemas = {
  Base: { type: 'object', properties: { id: { type: 'string', format: 'uuid' }, data: {} }, required: ['id'] },
  Page: { type: 'object', properties: { rows: { type: 'array', items: { $ref: '#/components/schemas/Row' } } } },
  Row: { type: 'object', properties: { kind: { type: 'string', enum: ['a', 'b'] }, at: { type: 'string', format: 'date-time' }, n: { type: ['number', 'null'] } }, required: ['kind'] },
}; // prettier-ignore
const answer = {
  allOf: [{ $ref: '#/components/schemas/Base' }, { properties: { data: { $ref: '#/components/schemas/Page' } } }],
};
const ID = '0c0ffee0-0000-4000-8000-000000000000';

it('finds nothing where all is as described', () => {
  const rows = [
    { kind: 'a', n: null },
    { kind: 'b', at: '2026-01-02T03:04:05.678Z' },
  ];
  expect(faultsOf({ id: ID, data: { rows } }, answer, schemas)).toEqual([]);
});

it.each([
  ['a field that is missing', { data: {} }, 'data.id is missing'],
  ['a field that nobody mentioned', { id: ID, more: 1 }, 'data.more is not in the description'],
  ['a word that is none of them', { id: ID, data: { rows: [{ kind: 'c' }] } }, 'data.data.rows[0].kind: "c" is none of a, b'],
  ['another kind', { id: ID, data: { rows: {} } }, 'data.data.rows: {} is no array'],
  ['null where none may be', { id: ID, data: { rows: null } }, 'data.data.rows: null is no array'],
  ['text of another form', { id: ID, data: { rows: [{ kind: 'a', at: 'now' }] } }, 'data.data.rows[0].at: "now" is no date-time'],
])('finds %s', (_, value, fault) => {
  expect(faultsOf(value, answer, schemas)).toEqual([fault]);
}); // prettier-ignore

it('takes one of several kinds, and no other', () => {
  const either = { oneOf: [{ type: 'boolean' }, { type: 'string', enum: ['unknown'] }] };
  expect(faultsOf('unknown', either, schemas)).toEqual([]);
  expect(faultsOf(3, either, schemas)).toHaveLength(2);
});
