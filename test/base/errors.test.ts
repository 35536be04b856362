import { MctpError, describeError, isMctpError } from '../../src/base/errors';

test('describeError: what, where, and the causes, on one line', () => {
  const cause = new MctpError('send-failed', 'the binding failed', { link: 'mctp0' });
  const error = new MctpError(
    'no-response',
    'no response',
    { eid: 9, physicalAddress: Uint8Array.of(0x1d), detail: undefined },
    { cause },
  );
  expect(describeError(error)).toBe(
    'no response (eid 9, physicalAddress 0x1d): the binding failed (link mctp0)',
  );
  expect(describeError(new MctpError('closed', 'over', { physicalAddress: new Uint8Array(0) }))).toBe(
    'over (physicalAddress none)',
  );
  expect(describeError('text')).toBe('text');
});

test('isMctpError tells codes apart', () => {
  const error = new MctpError('refused', 'no');
  expect([isMctpError(error), isMctpError(error, 'refused', 'closed'), isMctpError(error, 'closed')]).toEqual(
    [true, true, false],
  );
  expect(isMctpError(new Error('refused'))).toBe(false);
});
