import { systemClock } from '../../../src/base/clock';
import { nullLog } from '../../../src/base/log';
import type { NetEvent } from '../../../src/core/net';
import { KernelNet } from '../../../src/kernel/kernel-net';
import { MctpSocket } from '../../../src/os/mctp-socket';
import { loadNative } from '../../../src/os/native-module';
import { NetlinkSocket } from '../../../src/os/netlink';
import { eventually } from '../../support/within';

/** The kernel backend on the kernel. */
export class RealNet implements Disposable {
  /** `link-added mctpserial0 net 1 down []` */
  readonly events: string[] = [];

  private constructor(readonly net: KernelNet) {
    net.on((event) => this.events.push(told(event)));
  }

  static async open(): Promise<RealNet> {
    const native = loadNative();
    const net = new KernelNet({
      access: {
        openNetlink: (listener) => NetlinkSocket.open(native, listener),
        openMctp: (listener) => MctpSocket.open(native, listener),
      },
      clock: systemClock,
      log: nullLog,
      onDefect: (error) => {
        throw error;
      },
    });
    const real = new RealNet(net);
    await net.open();
    net.serve({ refuse: () => undefined, besideUserLinks: true });
    return real;
  }

  /** The next events, as many as are expected; more than those, if they came at the same time. */
  async news(count: number): Promise<string[]> {
    await eventually(`${count} events after ${this.events.join('; ')}`, () => this.events.length >= count);
    return this.events.splice(0);
  }

  [Symbol.dispose](): void {
    this.net.close();
  }
}

function told(event: NetEvent): string {
  const { name, network, up, localEids } = event.link;
  const eid = 'eid' in event ? ` ${event.eid}` : '';
  return `${event.kind}${eid} ${name} net ${network} ${up ? 'up' : 'down'} [${localEids.join(' ')}]`;
}
