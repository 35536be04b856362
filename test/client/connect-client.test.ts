import { MctpError, ResponseCode, Stack, connectClient, isManagerError } from '../../src/index';
import { expectNoDescriptorLeft } from '../support/descriptors';
import { hex } from '../support/vectors';
import { SocketBench } from './socket-bench';

expectNoDescriptorLeft();

test('R-API-37 the public way: a stack over the socket that the daemon shows', async () => {
  const sockets = await SocketBench.start();
  const socket = `@${sockets.name.slice(1)}`;
  {
    await using stack = await Stack.create(() => connectClient({ socket, network: 1 }));
    const device = await sockets.bench.device(9);
    await using channel = await stack.req(9, 0);
    await channel.send(1, hex('800002'));
    await device.say('010809c0' + '0100000200');
    expect((await channel.recv()).payload).toEqual(hex('00000200'));
  }
  await sockets.close();
});

test('R-API-6 the public error is that of the client API; its cause says what to do', async () => {
  const error: unknown = await connectClient({ socket: `@mctp-nobody-${process.pid}` }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MctpError);
  expect(error).toMatchObject({ name: 'MctpError', code: ResponseCode.InternalError });
  expect(error instanceof Error && isManagerError(error.cause, 'unreachable')).toBe(true);
});
