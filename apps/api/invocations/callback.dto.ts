import { ApiProperty } from '@nestjs/swagger';
import { type Outcome, OUTCOMES } from '@invoq/contract/outcome';

/** Who else is notified of the end, by an HTTP request that is signed by Standard Webhooks. */
export class CallbackDto {
  /** http or https, a public address. */
  url!: string;

  @ApiProperty({
    required: false,
    enum: OUTCOMES,
    isArray: true,
    description: 'Ends that are delivered; all by default.',
  })
  events?: Outcome[];
}
