import { Alarm, systemClock } from '../../src/base/clock';
import { nullLog } from '../../src/base/log';
import { connectBus } from '../../src/bus/connection';
import { SERVICE_NAME } from '../../src/base/bus-names';
import { loadConfig } from '../../src/config/load';
import { ControlRequester } from '../../src/control/requester';
import { Router } from '../../src/core/router';
import { ConfiguredLinks } from '../../src/daemon/links';
import { systemPlatform } from '../../src/daemon/platform';
import { StateFile } from '../../src/daemon/state-file';
import type { RootInfo } from '../../src/dbus/root-info';
import { DbusService } from '../../src/dbus/service';
import { Engine } from '../../src/discovery/engine';
import { Registry } from '../../src/discovery/registry';
import { createLogger } from '../../src/logging/winston-logger';
import { serveCommands } from './helper';
import { loopCommands } from './loop-watch';
import { residentMib } from './process-tools';

/** What `createDaemon` puts together, but with the router in reach: no configuration takes a link away. */

export interface ScaleOptions {
  readonly busAddress: string;
  readonly config: string;
  readonly stateDirectory: string;
}

const registry = new Registry();
let router: Router | undefined;

async function start({ busAddress, config: path, stateDirectory }: ScaleOptions): Promise<void> {
  const { config } = loadConfig({ path });
  const log = createLogger(config.log);
  const platform = systemPlatform({ log, busAddress, stateDirectory });
  const { clock } = platform;
  const alarm = new Alarm(clock, (now) => net.poll(now));
  const net = new Router(alarm, {});
  const links = new ConfiguredLinks(config, platform);
  const timing = (index: number | undefined) =>
    links.timing(net.links().find((each) => each.index === index));
  const requester = new ControlRequester({ net, clock, log, timing });
  const memory = new StateFile(stateDirectory, { storage: platform.stateStorage, clock, log });
  await memory.load();
  await memory.own();
  const engine = new Engine({
    ...{ net, clock, log, requester, registry, memory },
    settings: {
      dynamicEids: config.busOwner.dynamicEids,
      maxPoolSize: config.busOwner.maxPoolSize,
      endpointPollMs: config.busOwner.endpointPollMs,
      ownUuid: '595a522d-77c5-4628-8400-37bfb41b7fff',
      role: (link) => links.role(link),
      discover: (link) => links.discover(link),
      bridging: (link) => links.bridging(link),
    },
  });
  const connection = await connectBus(busAddress);
  const services = { registry, operations: engine, net };
  const rootInfo = {} as unknown as RootInfo;
  const settings = { ...config.dbus, inventory: () => undefined };
  new DbusService({ ...services, connection, log: nullLog, clock: systemClock, rootInfo, settings }).start();
  engine.start();
  await links.open(net);
  await connection.requestName(SERVICE_NAME);
  router = net;
  engine.startDiscovery();
}

async function removeLink({ name }: { readonly name: string }): Promise<void> {
  const link = router?.links().find((each) => each.name === name);
  if (link === undefined) throw new Error(`there is no link ${name}`);
  await router?.removeLink(link.index);
}

serveCommands({
  start,
  removeLink,
  ...loopCommands,
  published: () => Promise.resolve(registry.endpoints().filter(({ local }) => !local).length),
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return Promise.resolve((user + system) / 1000);
  },
  residentMib: () => Promise.resolve(residentMib(process.pid)),
});
