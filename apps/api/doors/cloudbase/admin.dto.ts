import { IsOptional, IsString, MaxLength } from 'class-validator';
import { OpenBody } from '../../http/validation.pipe';

/** The body of `POST /admin` and `POST /web`. What else the SDKs send there is not read. */
@OpenBody()
export class AdminDto {
  /** Always `functions.invokeFunction`: nothing else of CloudBase is served. */
  @IsString()
  @MaxLength(100)
  action!: string;

  @IsOptional()
  @IsString()
  @MaxLength(200)
  function_name?: string;

  /** The event, as JSON text. Absent or empty: `{}`. */
  @IsOptional()
  @IsString()
  request_data?: string;

  /** The env; absent or empty: the key's first. */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  envName?: string;

  /** The env, where the js-sdk writes it. */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  env?: string;

  /** A version of the function. Taken and not heeded: a function has one version here, the one that is served. */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  qualifier?: string;

  /** On `/web`: the key, `<id>.<secret>`. */
  @IsOptional()
  @IsString()
  @MaxLength(4_096)
  access_token?: string;

  /** Of a function that calls: the token of its own invocation. */
  @IsOptional()
  @IsString()
  @MaxLength(4_096)
  sessionToken?: string;
}
