import { Alarm } from '../../../src/base/clock';
import { isMctpError } from '../../../src/base/errors';
import { nullLog } from '../../../src/base/log';
import { SerialBinding } from '../../../src/bindings/serial/binding';
import { encodeFrame, MAX_SENT_FRAME } from '../../../src/bindings/serial/framing';
import { Tracer } from '../../../src/bindings/wrap/tracer';
import { getEndpointId } from '../../../src/control/commands/get-endpoint-id';
import { ControlRequester } from '../../../src/control/requester';
import { Router } from '../../../src/core/router';
import { idle, TestClock } from '../../support/test-clock';
import { hex } from '../../support/vectors';
import { FakePorts } from './fake-ports';

const WORD = `${'55'.repeat(80)}7e010255557e557e`;
/** Answer of EID 9 to the first request, instance ID 0, tag 0. */
const ANSWER = hex('010809c0 00000200090200');

interface Line {
  readonly clock: TestClock;
  readonly ports: FakePorts;
  readonly ask: () => Promise<string>;
  readonly probe: () => Promise<string>;
  /** What went out since the last call. */
  readonly written: () => string[];
}

/** All the way from a command to the bytes on the line. */
async function line(): Promise<Line> {
  const clock = new TestClock();
  const ports = new FakePorts();
  ports.finishAtOnce = true;
  const options = { name: 'serial0', path: '/dev/ttyS1', baud: 115_200, peerRecovery: true };
  const serial = new SerialBinding(options, { clock, log: nullLog, ports });
  const alarm = new Alarm(clock, (now) => router.poll(now));
  const router: Router = new Router(alarm);
  const binding = new Tracer(serial, { name: 'serial0', log: nullLog });
  const { index } = await router.addLink({ name: 'serial0', network: 1, binding, localEids: [8] });
  const requester = new ControlRequester({ net: router, clock });
  const destination = { kind: 'physical', link: index, address: new Uint8Array(0) } as const;
  const ask = (): Promise<string> =>
    requester.request(destination, getEndpointId, {}).then(
      ({ eid }) => `EID ${eid}`,
      (error: unknown) => (isMctpError(error) ? error.code : String(error)),
    );
  const probe = (): Promise<string> => clock.settle(ask());
  const written = (): string[] =>
    ports.last.written
      .splice(0)
      .map((bytes) => (bytes === WORD ? 'word' : `tag ${Number.parseInt(bytes.slice(12, 14), 16) & 7}`));
  return { clock, ask, probe, written, ports };
}

test('the recovery word goes out once at opening, and once before a retry after two timeouts in a row', async () => {
  const { probe, written } = await line();
  expect(await probe()).toBe('no-response');
  expect(written()).toEqual(['word', 'tag 0', 'tag 0', 'word', 'tag 0', 'tag 0']);
  expect(await probe()).toBe('no-response');
  expect(written()).toEqual(['word', 'tag 1', 'tag 1', 'word', 'tag 1', 'tag 1']);
});

test('an answer in between starts the count again', async () => {
  const { clock, ask, probe, written, ports } = await line();
  const answered = ask();
  await clock.advance(260);
  ports.last.events.data(frameOf(ANSWER));
  await idle();
  expect(await answered).toBe('EID 9');
  expect(written()).toEqual(['word', 'tag 0', 'tag 0']);
  expect(await probe()).toBe('no-response');
  expect(written()).toEqual(['tag 1', 'tag 1', 'word', 'tag 1', 'tag 1']);
});

function frameOf(packet: Uint8Array): Uint8Array {
  const into = new Uint8Array(MAX_SENT_FRAME);
  return into.slice(0, encodeFrame(packet, into));
}
