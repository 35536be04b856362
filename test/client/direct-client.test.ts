import { DirectClient } from '../../src/client/direct-client';
import { ClientBench, type Subject } from './bench';
import { describeClientContract } from './contract';
import { describeFaults } from './faults-contract';
import { describeHold } from './hold-contract';
import { describeStackContract } from './stack-contract';

async function start(): Promise<Subject> {
  const bench = await ClientBench.start();
  return {
    client: ({ privileged = true } = {}) => Promise.resolve(new DirectClient(bench.service, { privileged })),
    nine: await bench.device(9),
    ten: await bench.device(10),
    pass: (ms) => bench.clock.advance(ms),
    async [Symbol.asyncDispose]() {
      await bench.close();
    },
  };
}

describeClientContract('DirectClient', start);
describeHold('DirectClient', start);
describeFaults('DirectClient', start);
describeStackContract('DirectClient', start);
