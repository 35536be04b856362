import { nullLog } from '../../src/base/log';
import { ResponseCode } from '../../src/client/client-error';
import { decodeFrame, encodeFrame } from '../../src/client/socket-wire';
import { decodeResponse, encodeRequest, isFault, type WireRequest } from '../../src/client/wire';
import { ClientConnection } from '../../src/demux/client-connection';
import { SeldomEach } from '../../src/demux/seldom';
import { ClientBench } from '../client/bench';
import { idle } from '../support/test-clock';

const MAX_PAYLOAD = 65_535;

test('R-API-37 an answer that is too long for the kernel is NoSpace, not silence', async () => {
  const bench = await ClientBench.start();
  const answers: [id: number, code: number][] = [];
  const socket = {
    credentials: { pid: 1, uid: 0, gid: 0 },
    backlog: { frames: 0, bytes: 0 },
    send(bytes: Uint8Array) {
      if (bytes.length > 70) return 'too-long' as const;
      const frame = decodeFrame(bytes);
      const response = frame?.kind === 'response' ? decodeResponse(frame.body) : undefined;
      if (frame !== undefined && response !== undefined && !isFault(response)) {
        answers.push([frame.id, response.code]);
      }
      return 'sent' as const;
    },
    close: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
  };
  const { service, clock } = bench;
  const access = { privileged: true, types: undefined };
  const connection = new ClientConnection({
    ...{ service, clock, socket, access, log: nullLog, lines: new SeldomEach(clock), gone: () => undefined },
  });
  const ask = (id: number, request: WireRequest): void =>
    connection.message(encodeFrame({ kind: 'request', id, body: encodeRequest(request, MAX_PAYLOAD) }));
  connection.message(encodeFrame({ kind: 'hello', id: 1, network: 0 }));
  ask(2, { op: 'Listener', msgType: 1, from: undefined });
  await idle();
  ask(3, { op: 'Recv', handle: 1, timeoutMillis: 0 });
  const device = await bench.device(9);
  await device.say(`010809c801${'aa'.repeat(60)}`);
  await idle();
  expect(answers).toEqual([
    [1, ResponseCode.Success],
    [2, ResponseCode.Success],
    [3, ResponseCode.NoSpace],
  ]);
  connection.end();
  await bench.close();
});
