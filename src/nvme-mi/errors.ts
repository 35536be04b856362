import { MctpError, type ErrorCode, type ErrorContext } from '../base/errors';
import { adviceFor, statusName, type StatusAdvice } from './status';

/**
 * A request can fail in three ways that want different reactions: the management endpoint refused it
 * ({@link NvmeMiStatusError}), the controller behind it refused it ({@link NvmeStatusError}), or there was no usable
 * answer ({@link NvmeMiTransportError}). Each says what, where and what to do.
 */

const ADVICE: Readonly<Record<StatusAdvice, string>> = {
  'do-not-ask-again': '; it does not have this command, do not ask again',
  'retry-later': '; this passes, try again later',
  none: '',
};

/** Where an "invalid parameter" is in the request, as the endpoint tells it; zeros where it does not tell. */
export interface ParameterLocation {
  readonly byte: number;
  /** 0..7. */
  readonly bit: number;
}

/** The endpoint answered with an NVMe-MI status other than success; `code` is `refused`. */
export class NvmeMiStatusError extends MctpError {
  /** 0x01..0xff. */
  readonly status: number;
  readonly advice: StatusAdvice;
  /** With status 0x04 only. */
  readonly parameter: ParameterLocation | undefined;

  constructor(status: number, parameter: ParameterLocation | undefined, context: ErrorContext) {
    const advice = adviceFor(status);
    const place =
      parameter === undefined || (parameter.byte === 0 && parameter.bit === 0)
        ? ''
        : ` in bit ${parameter.bit} of byte ${parameter.byte}`;
    const number = `0x${status.toString(16).padStart(2, '0')}`;
    super(
      'refused',
      `the NVMe-MI endpoint answers ${number} (${statusName(status)})${place}${ADVICE[advice]}`,
      context,
    );
    this.status = status;
    this.advice = advice;
    this.parameter = parameter;
  }
}

/** The status field of an NVMe completion. */
export interface NvmeStatus {
  /** SCT, 0..7. */
  readonly statusCodeType: number;
  /** SC, 0..255. */
  readonly statusCode: number;
  /** DNR: the same command will fail again. */
  readonly doNotRetry: boolean;
}

/** The controller executed the Admin command and failed it; `code` is `refused`. */
export class NvmeStatusError extends MctpError {
  constructor(
    readonly status: NvmeStatus,
    context: ErrorContext,
  ) {
    const { statusCodeType, statusCode, doNotRetry } = status;
    const code = `status code type ${statusCodeType}, status code 0x${statusCode.toString(16).padStart(2, '0')}`;
    const advice = doNotRetry ? 'do not ask again' : 'it may be tried again';
    super('refused', `the NVMe controller fails the command with ${code}; ${advice}`, context);
  }
}

/** No answer (`no-response`), an answer that is none (`bad-response`), or a failure of the way there. */
export class NvmeMiTransportError extends MctpError {
  constructor(
    code: Extract<ErrorCode, 'no-response' | 'bad-response' | 'send-failed'>,
    message: string,
    context: ErrorContext,
    options: { readonly cause?: unknown } = {},
  ) {
    super(code, message, context, options);
  }
}

/** @param reason what is wrong with it */
export function unusableAnswer(reason: string, context: ErrorContext): NvmeMiTransportError {
  const text = `the answer of the NVMe-MI endpoint is unusable: ${reason}; look at the bus if it happens again`;
  return new NvmeMiTransportError('bad-response', text, context);
}
