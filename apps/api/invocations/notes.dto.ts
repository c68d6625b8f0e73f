import { ArrayMaxSize, ArrayUnique, IsArray, IsOptional, Matches } from 'class-validator';
import { type CallNotes, TAG } from '@invoq/contract/call-notes';

/** Its pattern is not part of the description: few languages can read it. */
const EachIsTag = (): PropertyDecorator =>
  Matches(TAG, {
    each: true,
    message: 'must hold texts of 1 to 64 characters each, none of them a control character',
  });

/** What every request that makes calls may note on them. */
export class NotesDto implements CallNotes {
  /** Short texts by which you find the call again: up to 10 different ones, each with 1 to 64 characters. */
  @IsOptional()
  @EachIsTag()
  @ArrayUnique({ message: 'must not hold the same tag twice' })
  @ArrayMaxSize(10)
  @IsArray()
  tags?: string[];
}
