/**
 * The head of a call as it crosses the pipe. Each call has one, and few functions ask for most of it. So what each call needs
 * stands in words, and the rest as JSON that is read when it is asked for: to read all of it took a quarter of what the
 * process of a function computes for a call (docs/decisions/0087).
 *
 *     attempt deadline limitMs maxLogBytes maxResultBytes token requestID
 *     {…origin}
 *     {…environment}
 *     {…program, loadOnly}
 *
 * No token is `-`. JSON text has no line breaks, and neither has a request id. Both sides of the pipe use this file.
 */
import type { Origin } from '../call/call';
import type { CallHead, CallOccasion } from './messages';
import { hasOwn, indexOf, parse, slice, stringify } from './primordials';

/** `token`: of a call that stands behind another. */
export function writeCallHead(head: CallHead, token?: number): string {
  const { attempt, deadline, limitMs, maxLogBytes, maxResultBytes, requestID, program, loadOnly } = head;
  const words = `${attempt} ${deadline} ${limitMs} ${maxLogBytes} ${maxResultBytes} ${token ?? NO_TOKEN} ${requestID}`;
  const occasion = program === undefined && !loadOnly ? '' : stringify({ program, loadOnly });
  return `${words}\n${originText(head.origin)}\n${stringify(head.environment)}\n${occasion}`;
}

const NO_TOKEN = '-';

/** Calls of one caller come from the same place: their origin is one object, which nobody changes. */
let lastOrigin: Origin | undefined;
let lastText = '';

function originText(origin: Origin): string {
  if (origin !== lastOrigin) {
    lastText = stringify(origin);
    lastOrigin = origin;
  }
  return lastText;
}

/** What has come over the pipe. Its text is of the worker, so it is not checked. */
export class ReceivedHead implements CallOccasion {
  readonly attempt: number;
  readonly deadline: number;
  readonly limitMs: number;
  readonly maxLogBytes: number;
  readonly maxResultBytes: number;
  /** The call begins after those before it, if this token can be read; undefined: at once. */
  readonly token: number | undefined;
  readonly requestID: string;
  readonly program: CallOccasion['program'];
  readonly loadOnly: CallOccasion['loadOnly'];
  private readonly originJson: string;
  private readonly environmentJson: string;
  private origins: Origin | undefined;
  private variables: Record<string, string> | undefined;

  constructor(text: string) {
    const words = new Words(text);
    this.attempt = +words.until(' ');
    this.deadline = +words.until(' ');
    this.limitMs = +words.until(' ');
    this.maxLogBytes = +words.until(' ');
    this.maxResultBytes = +words.until(' ');
    const token = words.until(' ');
    this.token = token === NO_TOKEN ? undefined : +token;
    this.requestID = words.until('\n');
    this.originJson = words.until('\n');
    this.environmentJson = words.until('\n');
    const occasion = words.rest;
    const { program, loadOnly } = occasion === '' ? NO_OCCASION : (parse(occasion) as CallOccasion);
    this.program = program;
    this.loadOnly = loadOnly;
  }

  get origin(): Origin {
    return (this.origins ??= parse(this.originJson) as Origin);
  }

  /** Variables of this call alone, on top of the program's. */
  get environment(): Record<string, string> {
    return (this.variables ??= parse(this.environmentJson) as Record<string, string>);
  }

  /** One of them. Most are not there, and then none is read. */
  variable(name: string): string | undefined {
    if (indexOf(this.environmentJson, name) === -1) return undefined;
    // Not what user code may have made every object have.
    return hasOwn(this.environment, name) ? this.environment[name] : undefined;
  }

  /** Whom the call is for, if the caller has said it; hardly any has. */
  get user(): Origin['user'] {
    return indexOf(this.originJson, '"user"') === -1 ? undefined : this.origin.user;
  }
}

const NO_OCCASION: CallOccasion = { program: undefined, loadOnly: undefined };

class Words {
  private at = 0;

  constructor(private readonly text: string) {}

  until(mark: string): string {
    const end = indexOf(this.text, mark, this.at);
    const word = slice(this.text, this.at, end);
    this.at = end + 1;
    return word;
  }

  get rest(): string {
    return slice(this.text, this.at);
  }
}
