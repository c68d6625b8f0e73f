/** The answer of `GET /v1/summary` as the API's description shows it. Nothing is built from it. */
import { ApiProperty } from '@nestjs/swagger';
import type { Summary } from '@invoq/contract/operations/summary';

export class SummaryDto implements Summary {
  @ApiProperty({ type: 'integer', description: 'Async calls of the env that failed for good and are kept.' })
  deadLetters!: number;

  @ApiProperty({
    required: false,
    description:
      'The part of `maxmemory` that the fullest Redis uses, 0 to 1; 0 without a limit. For keys of every env.',
  })
  storeUsed?: number;
}
