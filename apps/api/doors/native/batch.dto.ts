import { OmitType } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsOptional, IsString, Length } from 'class-validator';
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
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_ITEMS)
  items!: BatchItemDto[];
}
