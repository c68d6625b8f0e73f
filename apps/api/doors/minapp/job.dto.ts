import { Allow, IsBoolean, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { OpenBody } from '../../http/validation.pipe';

/** Where a call may say that it came from; a record is listed under it. */
export const SOURCES = [
  'sdk',
  'open_api',
  'cloud_function',
  'flex_schema',
  'wechat_pay_success',
  'timer',
  'file_operation',
] as const;

/** The body of every MinApp call. What else the SDKs send there is not read. */
@OpenBody()
export class JobDto {
  /** The function, on the routes that do not name it in their path. */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  function_name?: string;

  /** What the function receives as `event.data`: any JSON; `{}` when it is absent. */
  @Allow()
  data?: unknown;

  /** Wait for the result (the default), or get an id at once. */
  @IsOptional()
  @IsBoolean()
  sync?: boolean;

  /** On the debug route: the kind of event to pose as; `sdk` when it is absent. */
  @IsOptional()
  @IsIn(SOURCES)
  subject?: (typeof SOURCES)[number];
}
