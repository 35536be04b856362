import { readFileSync, writeFileSync } from 'node:fs';
import { Iface, endpointPath, linkPath } from '../../src/base/bus-names';
import { toHex } from '../../src/base/bytes';
import { BusClient } from '../support/bus-client';
import { DaemonProcess, linkTable } from '../support/daemon';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { Simulated } from '../support/simulated';
import { TempFolder } from '../support/temp-folder';

expectNothingLeft();

interface Block {
  readonly type: number;
  readonly body: Buffer;
}

/** Cuts a pcapng file into its blocks, whose length stands before and behind each. */
function blocksOf(file: Buffer): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < file.length;) {
    const length = file.readUInt32LE(at + 4);
    expect(file.readUInt32LE(at + length - 4)).toBe(length);
    blocks.push({ type: file.readUInt32LE(at), body: file.subarray(at + 8, at + length - 4) });
    at += length;
  }
  return blocks;
}

const packetOf = ({ body }: Block): string => toHex(body.subarray(20, 20 + body.readUInt32LE(12)));

test('D-17 R-DISC-57 a capture begins with section and interface, and holds the whole exchange in order', async () => {
  await using bus = await PrivateBus.start();
  using folder = new TempFolder();
  const capture = folder.join('serial0.pcapng');
  writeFileSync(capture, 'what was there before');
  await using devices = await Simulated.start([
    { name: 'serial0', kind: 'pty', device: [{ types: [0, 1] }] },
  ]);
  const { reach: path } = devices.bus('serial0');
  const table = linkTable('serial0', { binding: 'serial', path, discover: 'off', capture });
  await using daemon = await DaemonProcess.start(bus, `state = false\n${table}`);
  await using client = await BusClient.connect(bus);
  const call = [linkPath('serial0'), Iface.busOwner, 'SetupEndpoint', 'ay', Buffer.alloc(0)] as const;
  expect(await client.describe(...call)).toBe(`9 1 ${endpointPath(1, 9)} true`);
  expect(await daemon.program.stop()).toMatchObject({ status: 0 });

  const [section, description, ...packets] = blocksOf(readFileSync(capture));
  expect(section?.type).toBe(0x0a0d0d0a);
  expect(section?.body.readUInt32LE(0)).toBe(0x1a2b3c4d);
  expect(description?.type).toBe(1);
  expect(description?.body.readUInt16LE(0)).toBe(291);
  expect(description?.body.toString('latin1')).toContain('serial0');
  expect(new Set(packets.map(({ type }) => type))).toEqual(new Set([6]));
  // Tags and instance ids are ours to choose; the rest is what the standard says.
  const seen = packets.map(packetOf).map((packet) => ({
    addressing: packet.slice(0, 6),
    command: packet.slice(12, 14),
    data: packet.slice(14),
  }));
  expect(seen).toEqual([
    { addressing: '010008', command: '02', data: '' },
    { addressing: '010800', command: '02', data: '00000000' },
    { addressing: '010008', command: '01', data: '0009' },
    { addressing: '010809', command: '01', data: '00000900' },
    { addressing: '010908', command: '05', data: '' },
    { addressing: '010809', command: '05', data: '00020001' },
    { addressing: '010908', command: '03', data: '' },
    { addressing: '010809', command: '03', data: '05' },
  ]);
});
