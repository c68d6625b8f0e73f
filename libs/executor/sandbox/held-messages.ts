/** What a sandbox has said of its next call, while the answer of the call before is not passed on yet. */
import type { Kind } from '../pipe/messages';

type Message = [kind: Kind, head: unknown, body: string];

export class HeldMessages {
  private messages: Message[] = [];

  get isEmpty(): boolean {
    return this.messages.length === 0;
  }

  hold(...message: Message): void {
    this.messages.push(message);
  }

  /** In their order. What `hear` holds again stays. */
  release(hear: (...message: Message) => void): void {
    const { messages } = this;
    this.messages = [];
    for (const message of messages) hear(...message);
  }
}
