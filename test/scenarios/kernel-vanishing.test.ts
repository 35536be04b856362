import { Iface, endpointPath, linkPath } from '../../src/base/bus-names';
import { KernelManager } from '../support/kernel-manager';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';

/** A link of the kernel goes in the middle of a call, between any two words of ours to the kernel. */

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const BRIDGE = { address: 0x20, pool_size: 2, downstream: [{}, {}] };
const CONFIGURATION = 'state = false\n[mctp]\nmessage_timeout_ms = 30\n[bus-owner]\nmax_pool_size = 2\n';
const BRIDGE_PATH = endpointPath(1, 9);
const DONE = `9 1 ${BRIDGE_PATH} true`;
/** Longer than what is retried, and than the tags of the kernel live. */
const SETTLED_MS = 20_000;

interface Call {
  /** The bridge is set up before. */
  readonly isKnown: boolean;
  readonly run: (manager: KernelManager) => Promise<string>;
  /** What the caller may hear: nothing that tells of a defect, or makes him look for the mistake elsewhere. */
  readonly answers: readonly string[];
}

const ofBridge =
  (...call: [method: string, signature?: string, ...args: unknown[]]): Call['run'] =>
  (manager) =>
    manager.call(BRIDGE_PATH, Iface.endpoint1, ...call);

const FAILED = 'org.freedesktop.DBus.Error.Failed: ';
const UNKNOWN_LINK = 'org.freedesktop.DBus.Error.InvalidArgs: Unknown MCTP interface';

const CALLS: readonly [name: string, call: Call][] = [
  [
    'SetupEndpoint',
    {
      isKnown: false,
      run: (manager) => manager.setUp(0x20),
      answers: [
        ...[`${FAILED}MCTP Endpoint is unreachable`, `${FAILED}Request cancelled`, `${FAILED}Request failed`],
        // The endpoint was there; what becomes of its pool is in the log.
        DONE,
      ],
    },
  ],
  [
    'LearnEndpoint',
    {
      isKnown: true,
      run: (manager) =>
        manager.call(linkPath('mctpi2c3'), Iface.busOwner, 'LearnEndpoint', 'ay', Buffer.of(0x20)),
      answers: [
        `${FAILED}MCTP Endpoint is unreachable`,
        `${FAILED}Request failed`,
        `${FAILED}Request cancelled`,
        DONE,
      ],
    },
  ],
  ['SetMTU', { isKnown: true, run: ofBridge('SetMTU', 'u', 100), answers: [UNKNOWN_LINK, ''] }],
  ['Remove', { isKnown: true, run: ofBridge('Remove'), answers: [''] }],
];

describe.each([
  ['6.1', false],
  ['newer, with routes through a gateway', true],
])('on a kernel that is %s', (_kernel, isNew) => {
  test.each(CALLS)('%s', async (_name, { isKnown, run, answers }) => {
    for (let step = 0, isOver = false; !isOver; step++) {
      await using manager = await KernelManager.start(bus, [BRIDGE], {
        configuration: CONFIGURATION,
        kernel: { isNew },
      });
      const { kernel, daemon } = manager;
      if (isKnown) expect(await manager.setUp(0x20)).toBe(DONE);
      const device = manager.link();
      let words = step;
      kernel.before = () => {
        if (words-- === 0) kernel.unplug(device);
      };
      const answer = await run(manager);
      isOver = words >= 0;
      if (isOver) kernel.unplug(device);
      expect(answers).toContain(answer);
      await daemon.clock.advance(SETTLED_MS);
      expect(await manager.paths()).toEqual(['interfaces/lo']);
      expect(kernel.state).toMatchObject({ routes: [], neighbours: [] });
      expect(kernel.mctp.tagsInUse).toBe(0);
      expect(daemon.log.filter(([level]) => level === 'error')).toEqual([]);
    }
  });
});
