/** The answers about callbacks as the API's description shows them. Nothing is built from these classes. */
import { ApiProperty } from '@nestjs/swagger';
import { DELIVERY_STATES, type DeliveryState } from '@invoq/contract/callback';
import { CallbackDto } from '../invocations/callback.dto';

export class DeliveryTryDto {
  @ApiProperty({ format: 'date-time' })
  at!: string;

  @ApiProperty({
    enum: ['delivered', 'failed', 'gone', 'disabled', 'refused', 'unknown'],
    description: '`unknown`: the worker died in between, and the receiver may or may not have heard it.',
  })
  outcome!: string;

  /** What it took. */
  ms?: number;

  /** HTTP status that the receiver answered. */
  status?: number;

  /** Why there was no answer. */
  error?: string;
}

export class DeliveryDto {
  /** In the header `webhook-id`: the same in all tries, also when it is sent again. */
  webhookID!: string;

  @ApiProperty({ example: 'invocation.succeeded' })
  type!: string;

  @ApiProperty({ enum: DELIVERY_STATES })
  state!: DeliveryState;

  @ApiProperty({ required: false, format: 'date-time', description: 'When the next try is due.' })
  nextAt?: string;

  @ApiProperty({ type: [DeliveryTryDto], description: 'The last hundred, oldest first.' })
  tries!: DeliveryTryDto[];
}

export class DeliveriesDto {
  @ApiProperty({ required: false, type: CallbackDto, description: 'Absent: the call has none.' })
  callback?: CallbackDto;

  @ApiProperty({ type: [DeliveryDto], description: 'None before there is an end that the callback asks for.' })
  deliveries!: DeliveryDto[];
}
