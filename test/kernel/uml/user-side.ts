import { Alarm, systemClock } from '../../../src/base/clock';
import { nullLog } from '../../../src/base/log';
import { SerialBinding } from '../../../src/bindings/serial/binding';
import { ControlRequester } from '../../../src/control/requester';
import type { Destination, LinkCounters } from '../../../src/core/net';
import { Priority } from '../../../src/core/net';
import { Router } from '../../../src/core/router';
import { CleanUp } from '../../support/clean-up';
import { KernelLine } from './kernel-line';
import { ECHO_TYPE, KernelResponder } from './kernel-responder';
import { Rtnl } from './rtnl';

export const OUR_EID = 8;
export const KERNEL_EID = 9;

const ANSWER_MS = 20_000;

/**
 * A serial line between our stack (EID 8) and the kernel's (EID 9), with routes both ways. A program on the kernel's
 * sockets and one on our stack send back what they get of {@link ECHO_TYPE}.
 */
export class UserSide implements AsyncDisposable {
  readonly requester: ControlRequester;

  private constructor(
    readonly line: KernelLine,
    readonly rtnl: Rtnl,
    private readonly stack: { readonly router: Router; readonly link: number },
    private readonly cleanUp: CleanUp,
  ) {
    const { router } = stack;
    this.requester = new ControlRequester({ net: router, clock: systemClock });
    router.listen(
      ECHO_TYPE,
      (incoming) => {
        // A failure is an unhandled rejection, and so of the test.
        void router.reply(incoming, incoming.bytes);
        return true;
      },
      Priority.client,
    );
  }

  /** @param before runs before our binding has opened its end of the line */
  static async open(
    before: (line: KernelLine) => Promise<void> = () => Promise.resolve(),
  ): Promise<UserSide> {
    await using cleanUp = new CleanUp();
    const line = cleanUp.use(KernelLine.open());
    await before(line);
    const rtnl = cleanUp.use(new Rtnl());
    await rtnl.up(line.device.index);
    await rtnl.addEid(line.device.index, KERNEL_EID);
    await rtnl.addRoute(line.device.index, OUR_EID);
    const alarm = new Alarm(systemClock, (now) => router.poll(now));
    const router: Router = new Router(alarm, {
      onDefect: (error) => {
        throw error;
      },
    });
    cleanUp.defer(async () => {
      await router.close();
      alarm.cancel();
    });
    const parts = { clock: systemClock, log: nullLog, ports: line.ports };
    const options = { name: 'serial0', path: '', baud: 115_200, peerRecovery: true };
    const binding = new SerialBinding(options, parts);
    const { index } = await router.addLink({ name: 'serial0', network: 1, binding, localEids: [OUR_EID] });
    await router.addRoute({ network: 1, first: KERNEL_EID, extent: 0, link: index, mtu: 0 });
    cleanUp.use(new KernelResponder());
    return new UserSide(line, rtnl, { router, link: index }, cleanUp.move());
  }

  /** What the kernel's program answers, the type byte left out; `undefined`: nothing within the time. */
  async ask(type: number, payload: Uint8Array, timeoutMs = ANSWER_MS): Promise<Uint8Array | undefined> {
    const to: Destination = { kind: 'eid', network: 1, eid: KERNEL_EID };
    const exchange = await this.stack.router.request(to, Buffer.concat([Uint8Array.of(type), payload]));
    try {
      return (await exchange.receive(timeoutMs))?.bytes.subarray(1);
    } finally {
      exchange.release();
    }
  }

  counters(): LinkCounters | undefined {
    return this.stack.router.counters(this.stack.link);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.requester.close();
    await this.cleanUp[Symbol.asyncDispose]();
  }
}
