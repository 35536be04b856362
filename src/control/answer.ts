import { isMalformed } from '../base/reader';
import type { Incoming } from '../core/net';
import type { ControlCommand } from './codec';
import { CompletionCode } from './header';

/** A response as its responder makes it: completion code, and what follows that. */
export interface Answer {
  readonly completion: number;
  readonly data: Uint8Array;
  /** Runs once the response is on its way. Never throws. */
  readonly afterwards?: (() => void) | undefined;
}

/** `undefined`: no answer is sent. */
export type Reaction = Answer | undefined | Promise<Answer>;

/** Answers one command; `data` is what follows the command code. */
export type Handler = (incoming: Incoming, data: Uint8Array) => Reaction;

export function succeeded(data: Uint8Array = new Uint8Array(0)): Answer {
  return { completion: CompletionCode.success, data };
}

/** A response with a completion code other than 0 ends there (DSP0236 §12.2). */
export function failed(completion: number): Answer {
  return { completion, data: new Uint8Array(0) };
}

/** Every wrong length is answered with 0x03 (R-DISC-131). */
export function decoded<Req, Res>(
  command: ControlCommand<Req, Res>,
  handler: (incoming: Incoming, request: Req) => Reaction,
): Handler {
  return (incoming, data) => {
    const request = command.decodeRequest(data);
    return isMalformed(request) ? failed(CompletionCode.invalidLength) : handler(incoming, request);
  };
}
