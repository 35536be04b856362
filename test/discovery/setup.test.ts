import { hex } from '../support/vectors';
import { Bench, UUID } from './bench';

/** Transcripts are compared modulo instance IDs (R-DISC-10): bits 4:0 of the first byte become zero. */
function withoutInstance(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const bytes = hex(text);
  bytes[0] = (bytes[0] ?? 0) & 0xe0;
  return Buffer.from(bytes).toString('hex');
}

describe('SetupEndpoint', () => {
  test('R-DISC-57 R-DISC-30 R-DISC-31 the recorded exchange with a plain device at 0x1d', async () => {
    const bench = new Bench();
    bench.device(0x1d, { uuid: UUID });
    expect(await bench.setup(0x1d)).toEqual({ network: 1, eid: 9, isNew: true });
    const uuid = UUID.replaceAll('-', '');
    const wanted = [
      ['physical', '80 02', '00 02 00 00 00 00'],
      'neighbour 9 -> 1d',
      'route 9 mtu 68',
      ['physical', '81 01 00 09', '01 01 00 00 09 00'],
      ['routed', '82 05', '02 05 00 02 00 01'],
      ['routed', '83 03', `03 03 00 ${uuid}`],
    ].map((each) =>
      typeof each === 'string' ? each : [each[0], withoutInstance(each[1]), withoutInstance(each[2])],
    );
    const seen = bench.bus.transcript.map((each) =>
      typeof each === 'string'
        ? each
        : [each.way, withoutInstance(each.request), withoutInstance(each.response)],
    );
    expect(seen).toEqual(wanted);
    expect(bench.registry.endpoint(1, 9)).toEqual({
      network: 1,
      eid: 9,
      local: false,
      link: 1,
      physicalAddress: Uint8Array.of(0x1d),
      bridge: 0,
      connectivity: 'Available',
      types: [0, 1],
      vendorTypes: [],
      uuid: UUID,
    });
    bench.stop();
  });
});
