/** The answers to operators as the API's description shows them. Nothing is built from these classes. */
import { ApiProperty } from '@nestjs/swagger';
import type { FunctionPause, Pause, QueuePause } from '@invoq/contract/operations/pause';

export class PauseDto implements Pause {
  @ApiProperty({ required: false })
  reason?: string;

  @ApiProperty({ format: 'date-time' })
  since!: string;

  @ApiProperty({ required: false, description: 'The id of a key.' })
  by?: string;
}

export class QueuePauseDto implements QueuePause {
  queue!: string;

  @ApiProperty({ required: false, type: PauseDto, description: 'Missing: its calls are taken.' })
  paused?: PauseDto;
}

export class FunctionPauseDto implements FunctionPause {
  function!: string;

  env!: string;

  @ApiProperty({ required: false, type: PauseDto, description: 'Missing: its calls are taken.' })
  paused?: PauseDto;
}
