import { PhysicalBinding } from '../../src/base/ids';
import { timingFor } from '../../src/control/timing';

describe('R-DISC-11 timing', () => {
  test.each([
    [PhysicalBinding.smbus, undefined, {}, { timeoutMs: 250, attempts: 4 }],
    [undefined, undefined, {}, { timeoutMs: 250, attempts: 4 }],
    [PhysicalBinding.pcieVdm, undefined, {}, { timeoutMs: 360, attempts: 4 }],
    [PhysicalBinding.pcieVdm, 100, {}, { timeoutMs: 100, attempts: 4 }],
    [PhysicalBinding.serial, 100, { timeoutMs: 500 }, { timeoutMs: 500, attempts: 4 }],
    [PhysicalBinding.serial, undefined, { attempts: 2 }, { timeoutMs: 250, attempts: 2 }],
  ])('binding %p, message_timeout_ms %p, own %p', (binding, messageTimeoutMs, own, timing) => {
    expect(timingFor(binding, messageTimeoutMs, own)).toEqual(timing);
  });
});
