import { CALLBACK_TEST_OUTCOMES, type CallbackTestResult } from '@invoq/contract/callback';
import { ApiProperty } from '@nestjs/swagger';
import { IsString } from 'class-validator';

/** The body of `POST /v1/callbacks/test`. */
export class CallbackTestDto {
  /** Of the receiver: http or https, a public address. */
  @IsString()
  url!: string;
}

export class CallbackTestResultDto implements CallbackTestResult {
  @ApiProperty({
    enum: CALLBACK_TEST_OUTCOMES,
    description:
      '`refused`: nothing was sent, the address is an internal one. `unknown`: the worker went away meanwhile.',
  })
  outcome!: CallbackTestResult['outcome'];

  /** In the header `webhook-id`. */
  webhookID!: string;

  /** What it took. */
  ms!: number;

  /** HTTP status that the receiver answered. */
  status?: number;

  /** Why there was no answer. */
  error?: string;
}
