import { CompletionCode } from './header';

/** A response as its responder makes it: completion code, and what follows that. */
export interface Answer {
  readonly completion: number;
  readonly data: Uint8Array;
  /** Runs once the response is on its way. Never throws. */
  readonly afterwards?: () => void;
}

export function succeeded(data: Uint8Array = new Uint8Array(0)): Answer {
  return { completion: CompletionCode.success, data };
}

/** A response with a completion code other than 0 ends there (DSP0236 §12.2). */
export function failed(completion: number): Answer {
  return { completion, data: new Uint8Array(0) };
}
