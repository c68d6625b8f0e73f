import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsOptional, IsUUID } from 'class-validator';
import { MAX_LETTERS } from './dead-letter.service';

/** The body of `POST /v1/functions/{name}/dead-letters/replay`. */
export class LettersDto {
  /** Which ones; without it the oldest 1,000. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MAX_LETTERS)
  @IsUUID(4, { each: true })
  requestIDs?: string[];
}
