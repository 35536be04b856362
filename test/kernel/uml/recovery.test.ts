import { getEndpointId } from '../../../src/control/commands/get-endpoint-id';
import { expectNoDescriptorLeft } from '../../support/descriptors';
import { hex } from '../../support/vectors';
import type { KernelLine } from './kernel-line';
import { ECHO_TYPE } from './kernel-responder';
import { KERNEL_EID, UserSide } from './user-side';

/** The binding's rules for the recovery word, against a kernel that has gone deaf (bindings.md 1.5). */

expectNoDescriptorLeft();

/** The flag at the end of a frame is then taken for its start, and every flag after it is one too many. */
const STRAY_FLAG = hex('7e');

async function deafen(line: KernelLine): Promise<void> {
  await line.openRaw();
  await line.write(STRAY_FLAG);
}

test('opening the port brings a kernel back that was deaf before', async () => {
  await using side = await UserSide.open(deafen);
  expect(await side.ask(ECHO_TYPE, hex('0102'), 2000)).toEqual(Buffer.from('0102', 'hex'));
});

test('R-DISC-11 a control request gets through to a kernel that went deaf: two timeouts, the word, the retry', async () => {
  await using side = await UserSide.open();
  const to = { kind: 'eid', network: 1, eid: KERNEL_EID } as const;
  const ask = (): Promise<{ readonly eid: number }> => side.requester.request(to, getEndpointId, {});
  expect(await ask()).toMatchObject({ eid: KERNEL_EID });
  await side.line.write(STRAY_FLAG);
  expect(await side.ask(ECHO_TYPE, hex('0102'), 500)).toBeUndefined();
  expect(await ask()).toMatchObject({ eid: KERNEL_EID });
  expect(side.requester.statistics(to)).toMatchObject({ requests: 2, timeouts: 0 });
  expect(await side.ask(ECHO_TYPE, hex('0102'), 2000)).toEqual(Buffer.from('0102', 'hex'));
});
