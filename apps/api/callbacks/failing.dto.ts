/** The answer about callbacks that fail, as the API's description shows it. Nothing is built from these classes. */
import { ApiProperty } from '@nestjs/swagger';
import { DeliveryDto } from './deliveries.dto';

export class FailingCallbackDto extends DeliveryDto {
  @ApiProperty({ format: 'uuid', description: 'Of the call.' })
  requestID!: string;

  function!: string;

  /** Where it is to be delivered. */
  url!: string;

  @ApiProperty({ format: 'date-time', description: 'The last failure.' })
  failedAt!: string;
}

export class FailingCallbacksDto {
  @ApiProperty({ type: [FailingCallbackDto], description: 'The newest failure first. `pending`: it is tried again.' })
  callbacks!: FailingCallbackDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Of the next page; null: there is none.' })
  cursor!: string | null;
}
