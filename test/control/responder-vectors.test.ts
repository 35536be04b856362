import { toHex } from '../../src/base/bytes';
import { BASE_VERSIONS, TypeTable } from '../../src/control/type-table';
import { idle } from '../support/test-clock';
import { hex, readVectors } from '../support/vectors';
import { incoming } from './fake-net';
import { setup } from './responder-setup';

describe('control-messages.json, exchange', () => {
  interface ExchangeVector {
    readonly name: string;
    readonly kind: string;
    readonly input: {
      readonly responder_eid: number;
      readonly requester_eid: number;
      readonly tag: number;
      readonly tag_owner: boolean;
      readonly request: string;
    };
    readonly expected: { readonly response: string | null };
  }
  const vectors = readVectors<ExchangeVector>('control-messages').filter((each) => each.kind === 'exchange');

  test('the file has its vectors', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(24);
  });

  test.each(vectors.map((vector) => [vector.name, vector] as const))('%s', async (_name, vector) => {
    const { input, expected } = vector;
    // The identity of the responder that made the vectors: 1.3.3, a simple endpoint with a static EID possible.
    const versions = [...BASE_VERSIONS.slice(0, 3), hex('f1f3f300')];
    const eid = input.responder_eid;
    const { net } = setup({
      types: new TypeTable(versions),
      link: { localEids: eid === 0 ? [] : [eid] },
      host: {
        role: () => 'Endpoint',
        endpointTypeByte: () => 0x01,
        setEndpointId: (_incoming, request) =>
          Promise.resolve({ assignment: 0, allocation: 0, eid: request.eid, poolSize: 0 }),
      },
    });
    net.deliver(
      incoming(hex(input.request), {
        source: input.requester_eid,
        destination: eid,
        localEid: eid,
        tag: input.tag,
        to: input.tag_owner,
      }),
    );
    await idle();
    expect(net.replies.map((reply) => toHex(reply.message))).toEqual(
      expected.response === null ? [] : [expected.response],
    );
    for (const reply of net.replies) expect(reply.to.tag).toBe(input.tag);
  });
});
