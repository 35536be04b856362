import { MctpError } from '../../src/base/errors';
import { ClientService } from '../../src/client/client-service';
import { DirectClient } from '../../src/client/direct-client';
import { Priority } from '../../src/core/net';
import { hex } from '../support/vectors';
import { DemuxBench } from './demux-bench';

/** Clients of the demux beside listeners of the client API. */

test('R-DEMUX-27 a listener with `from` takes the requests of that EID, all others come as before', async () => {
  await using bench = await DemuxBench.start();
  const { router: net, clock } = bench.bench;
  const service = new ClientService({ net, clock });
  const api = new DirectClient(service, { privileged: true });
  const demux = bench.join(1);
  const handle = await api.listener(1, { from: 9 });
  await bench.hears('010809c901810002');
  await bench.hears('01080ac901820002');
  expect(demux.take()).toEqual(['0a01820002']);
  const { meta, payload } = await api.recv(handle, 1);
  expect([meta.remoteEid, payload]).toEqual([9, hex('810002')]);
  // Its own answers come from there all the same.
  await bench.says(demux, '0901830002');
  expect(bench.wire.take()).toEqual(['010908c801830002']);
  await bench.hears('010809c0010300020009');
  expect(demux.take()).toEqual(['09010300020009']);
  await api.dropHandle(handle);
  await bench.hears('010809ca01840002');
  expect(demux.take()).toEqual(['0901840002']);
  await api.close();
});

test('R-DEMUX-27 a listener without `from` takes them all', async () => {
  await using bench = await DemuxBench.start();
  const { router: net, clock } = bench.bench;
  const api = new DirectClient(new ClientService({ net, clock }), { privileged: true });
  const demux = bench.join(5);
  await api.listener(5);
  await bench.hears('010809c905108400');
  expect(demux.take()).toEqual([]);
  await api.close();
});

test('R-DEMUX-27, R-DEMUX-25 an answer that comes with TO=1 is for the client that asked, not for the listener', async () => {
  await using bench = await DemuxBench.start();
  const { router: net, clock } = bench.bench;
  const api = new DirectClient(new ClientService({ net, clock }), { privileged: true });
  const demux = bench.join(1);
  const handle = await api.listener(1);
  await bench.says(demux, '0901830002');
  expect(bench.wire.take()).toEqual(['010908c801830002']);
  await bench.hears('010809c8010300020009');
  expect(demux.take()).toEqual(['09010300020009']);
  // What nobody here has asked for is the listener's, whatever it says, and so are requests.
  await bench.hears('010809c9010300020009');
  await bench.hears('010809ca01840002');
  const heard = [await api.recv(handle, 1), await api.recv(handle, 1)];
  expect(heard.map(({ payload }) => payload)).toEqual([hex('0300020009'), hex('840002')]);
  expect(demux.take()).toEqual([]);
  await api.close();
});

test('R-DEMUX-46 a client whose type is refused half-way leaves no listener behind, and may come back', async () => {
  await using bench = await DemuxBench.start();
  const { router } = bench.bench;
  const listen = router.listen.bind(router);
  const listening: number[] = [];
  let isTaken = true;
  router.listen = (type, handler, priority, options) => {
    if (isTaken && priority === Priority.demux) throw new MctpError('name-taken', 'somebody has it');
    const heard = listen(type, handler, priority, options);
    listening.push(priority);
    return {
      unsubscribe: () => {
        heard.unsubscribe();
        listening.splice(listening.indexOf(priority), 1);
      },
    };
  };
  expect(() => bench.join(1)).toThrow('somebody has it');
  expect(listening).toEqual([]);
  isTaken = false;
  const client = bench.join(1);
  expect(listening).toHaveLength(2);
  bench.demux.leave(client);
  expect(listening).toEqual([]);
});
