import { PhysicalBinding } from '../base/ids';

/** How long a control request is waited for. */
export interface Timing {
  /** Milliseconds that each attempt waits. */
  readonly timeoutMs: number;
  /** Attempts in total, at least 1. */
  readonly attempts: number;
}

export const DEFAULT_TIMEOUT_MS = 250;
/** PCIe VDM answers may take 120 ms of processing and 100 ms each way (R-DISC-11). */
export const PCIE_VDM_TIMEOUT_MS = 360;
export const DEFAULT_ATTEMPTS = 4;

/**
 * R-DISC-11: the link's own `timeout_ms` and `attempts`, else `message_timeout_ms`, else the binding's default.
 * @param messageTimeoutMs `message_timeout_ms` where it is set
 */
export function timingFor(
  physicalBinding: number | undefined,
  messageTimeoutMs: number | undefined,
  own: { readonly timeoutMs?: number | undefined; readonly attempts?: number | undefined } = {},
): Timing {
  const usual = physicalBinding === PhysicalBinding.pcieVdm ? PCIE_VDM_TIMEOUT_MS : DEFAULT_TIMEOUT_MS;
  return {
    timeoutMs: own.timeoutMs ?? messageTimeoutMs ?? usual,
    attempts: own.attempts ?? DEFAULT_ATTEMPTS,
  };
}
