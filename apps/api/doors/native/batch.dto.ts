import { invalid } from '@invoq/contract/refusal';
import { ApiProperty, OmitType } from '@nestjs/swagger';
import { Allow, IsOptional, IsString, Length } from 'class-validator';
import { RawJson } from '../../http/json-body';
import { InvokeDto } from './invoke.dto';

/** As many calls may come in one request. */
export const MAX_ITEMS = 1_000;
export const MAX_KEY_LENGTH = 255;

/** One call of a batch: what one call may say, less what is settled for all of them. */
export class BatchItemDto extends OmitType(InvokeDto, ['sync', 'onTimeout']) {
  /** As the header `Idempotency-Key` of a single call. */
  @IsOptional()
  @IsString()
  @Length(1, MAX_KEY_LENGTH)
  idempotencyKey?: string;
}

/** The body of `POST /v1/functions/{name}/invocations/batch`. Each item is checked, and refused, by itself. */
export class BatchDto {
  /** Many of them come unparsed; `itemsIn` has their rules. */
  @Allow()
  @ApiProperty({ type: [BatchItemDto], minItems: 1, maxItems: MAX_ITEMS })
  items!: unknown;
}

/** The items of a body whose other fields are in order. */
export function itemsIn({ items }: BatchDto): unknown[] {
  const rule = `must be an array of 1 to ${MAX_ITEMS} items`;
  // What is no array is not worth parsing.
  const parsed: unknown = items instanceof RawJson ? items.begins('[') && JSON.parse(items.text()) : items;
  if (Array.isArray(parsed) && parsed.length > 0 && parsed.length <= MAX_ITEMS) return parsed;
  throw invalid('items', rule);
}
