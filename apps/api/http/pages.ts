/** Lists that come a page at a time: how many on a page, and where the page before ended. */
import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { invalid } from '@invoq/contract/refusal';

const DEFAULT_LIMIT = 100;
/** Longer than that of any place, characters. */
const MAX_CURSOR = 100;

/** What the description says of such a list. */
export const Paged = (): MethodDecorator =>
  applyDecorators(
    ApiQuery({ name: 'cursor', required: false, schema: { type: 'string' }, description: 'Of the page before.' }),
    ApiQuery({
      name: 'limit',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 1_000, default: DEFAULT_LIMIT },
    }),
  );

export function limitOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  if (/^([1-9]\d{0,2}|1000)$/.test(text)) return Number(text);
  throw invalid('limit', 'must be a whole number from 1 to 1000');
}

/** Opaque to callers. `pattern`: of the places at which pages of this list end. */
export function placeOf(cursor: string | undefined, pattern: RegExp): string | undefined {
  if (cursor === undefined) return undefined;
  const place = cursor.length <= MAX_CURSOR ? Buffer.from(cursor, 'base64url').toString() : '';
  if (pattern.test(place)) return place;
  throw invalid('cursor', 'must be the cursor of a page before');
}

/** Null: this was the last page. */
export function cursorOf(place: string | undefined): string | null {
  return place === undefined ? null : Buffer.from(place).toString('base64url');
}
