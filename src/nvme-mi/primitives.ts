import { checked } from './command';
import { isSet } from './health-flags';

/** Control primitives (NMIMT 0): handled apart from the commands of the slots, also while one runs. */
export interface ControlPrimitive<Req, Res> {
  readonly opcode: number;
  readonly name: string;
  readonly summary: string;
  /** CPSP, 16 bits. @throws RangeError */
  encodeRequest(request: Req): number;
  /** @param response CPSR, 16 bits */
  decodeResponse(response: number): Res;
}

type Nothing = Readonly<Record<string, never>>;

/** Which slots are paused. */
export interface PauseResponse {
  readonly slots: readonly [boolean, boolean];
}

export const pause: ControlPrimitive<Nothing, PauseResponse> = {
  opcode: 0x00,
  name: 'Pause',
  summary: 'Holds back what the endpoint sends until Resume.',
  encodeRequest: () => 0,
  decodeResponse: (response) => ({ slots: [isSet(response, 0), isSet(response, 1)] }),
};

export const resume: ControlPrimitive<Nothing, Nothing> = {
  opcode: 0x01,
  name: 'Resume',
  summary: 'Ends what Pause began.',
  encodeRequest: () => 0,
  decodeResponse: () => ({}),
};

/** `nothing`: completed before, or there was none. */
export type AbortOutcome = 'nothing' | 'before-start' | 'partly-done' | 'reserved';

export const abort: ControlPrimitive<Nothing, { readonly outcome: AbortOutcome }> = {
  opcode: 0x02,
  name: 'Abort',
  summary: 'Ends the command of a slot.',
  encodeRequest: () => 0,
  decodeResponse: (response) => ({ outcome: ABORT_OUTCOMES[response & 3] ?? 'reserved' }),
};

const ABORT_OUTCOMES: readonly AbortOutcome[] = ['nothing', 'before-start', 'partly-done', 'reserved'];

/** Errors that the endpoint has seen since they were last cleared, and what the slot does. */
export interface EndpointState {
  readonly state: 'idle' | 'receive' | 'process' | 'transmit';
  readonly errors: readonly EndpointErrorFlag[];
  readonly paused: boolean;
}

const SLOT_STATES = ['idle', 'receive', 'process', 'transmit'] as const;

const ERROR_BITS = {
  'bad-mic': 4,
  'packet-timeout': 5,
  'unsupported-transmission-unit': 6,
  'header-version': 7,
  'unknown-destination': 8,
  'incorrect-unit': 9,
  'unexpected-middle-or-end': 10,
  'out-of-sequence': 11,
  'bad-tag': 12,
  'bad-packet': 13,
  'subsystem-reset': 14,
} as const;
export type EndpointErrorFlag = keyof typeof ERROR_BITS;

export const getState: ControlPrimitive<{ readonly clearErrors?: boolean }, EndpointState> = {
  opcode: 0x03,
  name: 'Get State',
  summary: 'Tells what the slot does and which errors were seen; clears those only when asked to.',
  encodeRequest: ({ clearErrors = false }) => (clearErrors ? 1 : 0),
  decodeResponse: (response) => ({
    state: SLOT_STATES[response & 3] ?? 'idle',
    errors: Object.entries(ERROR_BITS).flatMap(([name, bit]) =>
      isSet(response, bit) ? [name as EndpointErrorFlag] : [],
    ),
    paused: isSet(response, 15),
  }),
};

/** What is replayed comes as a further answer under the tag of the old request, which is given up by then. */
export const replay: ControlPrimitive<{ readonly packetOffset?: number }, { readonly willFollow: boolean }> =
  {
    opcode: 0x04,
    name: 'Replay',
    summary: 'Asks for the last response once more, from a packet on.',
    // The meaning of the parameter is unverified.
    encodeRequest: ({ packetOffset = 0 }) => checked('packet offset', packetOffset, 16),
    decodeResponse: (response) => ({ willFollow: isSet(response, 0) }),
  };
