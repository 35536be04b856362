import { byteAt } from '../base/bytes';
import { MessageType } from '../base/ids';
import { CompletionCode } from './header';

/** What a message that came back under our tag is to the command that waits. */
export type Verdict =
  /** Completion code 0; `data` is what follows it. */
  | { readonly kind: 'answer'; readonly data: Uint8Array }
  | { readonly kind: 'refused'; readonly completionCode: number }
  /** Completion code 0x04: ask again (R-DISC-17). */
  | { readonly kind: 'not-ready' }
  /** Meant for another command: dropped, the wait goes on (R-DISC-16). */
  | { readonly kind: 'stray'; readonly reason: string }
  | { readonly kind: 'malformed'; readonly reason: string };

/** Type byte, header byte, command code, completion code. */
const SHORTEST = 4;

/** Judges a response in the order of R-DISC-14. Its Rq and D bits are not looked at. */
export function judgeResponse(
  message: Uint8Array,
  expected: { readonly instanceId: number; readonly command: number },
): Verdict {
  if (message.length < SHORTEST)
    return { kind: 'malformed', reason: `${message.length} bytes are too short` };
  if (byteAt(message, 0) !== MessageType.control) return { kind: 'stray', reason: 'not a control message' };
  const instanceId = byteAt(message, 1) & 0x1f;
  if (instanceId !== expected.instanceId) {
    return { kind: 'stray', reason: `instance ID ${instanceId} instead of ${expected.instanceId}` };
  }
  const command = byteAt(message, 2);
  if (command !== expected.command) return { kind: 'stray', reason: `answers command ${command}` };
  const completionCode = byteAt(message, 3);
  if (completionCode === CompletionCode.success) return { kind: 'answer', data: message.subarray(SHORTEST) };
  if (completionCode === CompletionCode.notReady) return { kind: 'not-ready' };
  return { kind: 'refused', completionCode };
}
