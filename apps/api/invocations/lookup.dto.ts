import { MAX_LOOKED_UP } from '@invoq/contract/lookup';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';

/** The body of `POST /v1/invocations/lookup`. */
export class LookupDto {
  /** Which ones. One that is there twice is answered once. */
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MAX_LOOKED_UP)
  @IsUUID(4, { each: true })
  requestIDs!: string[];

  /** Seconds that the answer may be held until any of them has ended; 0 by default, 20 at most. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(86_400)
  wait?: number;
}
