import { Iface, endpointPath } from '../../src/base/bus-names';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { VirtualManager } from '../support/virtual-manager';

/** What pldmd finds the name of a device by, without mctpreactor (R-CONS-29). */

let bus: PrivateBus;

expectNothingLeft(() => bus.stop());

beforeAll(async () => {
  bus = await PrivateBus.start();
});

const ITEM = '/xyz/openbmc_project/inventory/system/drive0';
const LISTED = {
  link: { discover: 'static' },
  endpoints: `[[link.endpoint]]\naddress = [32]\ninventory = "${ITEM}"\n[[link.endpoint]]\naddress = [33]\n`,
};

test('R-CONS-29 R-CONS-21 the configured device alone has the association, from its first signal on and after every return', async () => {
  const devices = [{ address: 0x20 }, { address: 0x21 }, { address: 0x22 }];
  await using manager = await VirtualManager.start(bus, devices, LISTED);
  await manager.daemon.clock.advance(200);
  await manager.setUp(0x22);
  const associated = async (): Promise<unknown[]> =>
    Object.entries(await manager.client.objects()).flatMap(([path, interfaces]) => {
      const definitions = interfaces[Iface.association];
      return definitions === undefined ? [] : [[path, definitions['Associations']?.value]];
    });
  const [[path] = []] = (await associated()) as string[][];
  expect(path).toMatch(/\/endpoints\/(9|10)$/);
  expect(await associated()).toEqual([[path, [['configured_by', 'configures', ITEM]]]]);
  const eid = Number(path?.split('/').pop());
  await manager.endpoint(eid, 'Remove');
  await manager.daemon.clock.advance(2000);
  expect(await associated()).toEqual([[endpointPath(1, eid), [['configured_by', 'configures', ITEM]]]]);

  const about = manager.client.signals.filter(({ body }) => body[0] === path);
  const names = about.map(({ member, body }) => {
    const listed = member === 'InterfacesAdded' ? Object.keys(body[1] as object) : (body[1] as string[]);
    return `${member} ${listed.includes(Iface.association)}`;
  });
  expect(names).toEqual(['InterfacesAdded true', 'InterfacesRemoved true', 'InterfacesAdded true']);
});
