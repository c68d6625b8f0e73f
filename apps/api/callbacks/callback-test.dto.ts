import { IsString } from 'class-validator';

/** The body of `POST /v1/callbacks/test`. */
export class CallbackTestDto {
  /** Of the receiver: http or https, a public address. */
  @IsString()
  url!: string;
}
