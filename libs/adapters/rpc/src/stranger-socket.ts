import type { Socket } from 'node:net';
import { JsonSocket } from '@nestjs/microservices';
import { LARGEST_MESSAGE, MOST_OF_STRANGERS } from './rpc-message.js';

/**
 * A connection whose other end is a stranger until something signed came by it. A message is kept and parsed before anybody can look at its signature, so a
 * stranger may send little: more, and the connection ends.
 */
export class StrangerSocket extends JsonSocket {
  private heard = 0;
  private isKnown = false;

  constructor(socket: Socket) {
    super(socket, { maxBufferSize: LARGEST_MESSAGE });
  }

  /** What came was signed: this end may send what there is to send. */
  trust(): void {
    this.isKnown = true;
  }

  protected override handleData(data: Buffer | string): void {
    this.heard += data.length;
    if (this.isKnown || this.heard <= MOST_OF_STRANGERS) super.handleData(data);
    else this.netSocket.destroy();
  }
}
