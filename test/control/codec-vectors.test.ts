import { toHex } from '../../src/base/bytes';
import { isMalformed } from '../../src/base/reader';
import type { ControlCommand } from '../../src/control/codec';
import { allocateEndpointIds } from '../../src/control/commands/allocate-endpoint-ids';
import { discoveryNotify } from '../../src/control/commands/discovery-notify';
import { endpointDiscovery } from '../../src/control/commands/endpoint-discovery';
import { getEndpointId } from '../../src/control/commands/get-endpoint-id';
import { getEndpointUuid } from '../../src/control/commands/get-endpoint-uuid';
import { getMctpVersionSupport } from '../../src/control/commands/get-mctp-version-support';
import { getMessageTypeSupport } from '../../src/control/commands/get-message-type-support';
import { getNetworkId } from '../../src/control/commands/get-network-id';
import { getRoutingTableEntries } from '../../src/control/commands/get-routing-table-entries';
import { getVendorDefinedMessageSupport } from '../../src/control/commands/get-vendor-defined-message-support';
import { prepareForEndpointDiscovery } from '../../src/control/commands/prepare-for-endpoint-discovery';
import { queryHop } from '../../src/control/commands/query-hop';
import { querySupportedInterfaces } from '../../src/control/commands/query-supported-interfaces';
import { resolveEndpointId } from '../../src/control/commands/resolve-endpoint-id';
import { resolveUuid } from '../../src/control/commands/resolve-uuid';
import { routingInformationUpdate } from '../../src/control/commands/routing-information-update';
import { setEndpointId } from '../../src/control/commands/set-endpoint-id';
import { decodeControl, encodeControlRequest, encodeControlResponse } from '../../src/control/header';
import { hex, readVectors } from '../support/vectors';

interface CodecVector {
  readonly name: string;
  readonly kind: string;
  readonly direction: 'request' | 'response';
  readonly command: number;
  readonly fields: Readonly<Record<string, unknown>> & {
    readonly instance_id: number;
    readonly completion_code?: number;
    readonly datagram?: boolean;
  };
  readonly hex: string;
}

/** Vector field name to ours, by command and direction; what is not listed keeps its name. */
const NAMES: Readonly<Record<string, string>> = {
  '1.response.pool_size': 'poolSize',
  '6.response.next_selector': 'nextSelector',
  '6.response.command_set': 'subtype',
  '7.response.bridge_eid': 'bridgeEid',
  '8.request.count': 'size',
  '8.request.first_eid': 'first',
  '8.response.pool_size': 'size',
  '8.response.first_eid': 'first',
  '10.response.next_handle': 'nextHandle',
  '15.response.next_bridge': 'bridgeEid',
  '15.response.max_in_bytes': 'incomingUnit',
  '15.response.max_out_bytes': 'outgoingUnit',
  entry_type: 'entryType',
  range: 'size',
  first_eid: 'first',
  static: 'isStatic',
  phys_addr: 'address',
};

const WORDS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  '1.operation': { set: 0, force: 1, reset: 2, 'set-discovered': 3 },
  '1.assignment': { accepted: 0, rejected: 1 },
  '1.allocation': { 'no-pool': 0, 'pool-required': 1, 'pool-allocated': 2 },
  '8.operation': { allocate: 0, force: 1, 'get-info': 2 },
  '8.status': { accepted: 0, rejected: 1 },
};

/** Told twice in the vectors (as units and as bytes), or part of the header. */
const LEFT_OUT = ['instance_id', 'completion_code', 'datagram', 'max_in_units', 'max_out_units'];

type Fields = Record<string, unknown>;
const commands = new Map(
  [
    setEndpointId,
    getEndpointId,
    getEndpointUuid,
    getMctpVersionSupport,
    getMessageTypeSupport,
    getVendorDefinedMessageSupport,
    resolveEndpointId,
    allocateEndpointIds,
    routingInformationUpdate,
    getRoutingTableEntries,
    prepareForEndpointDiscovery,
    endpointDiscovery,
    discoveryNotify,
    getNetworkId,
    queryHop,
    resolveUuid,
    querySupportedInterfaces,
  ].map((command) => [command.code, command as unknown as ControlCommand<Fields, Fields>]),
);

function command(code: number): ControlCommand<Fields, Fields> {
  const found = commands.get(code);
  if (found === undefined) throw new Error(`no command ${code}`);
  return found;
}

function ours(vector: CodecVector): Fields {
  const entries = Object.entries(vector.fields).filter(([key]) => !LEFT_OUT.includes(key));
  return Object.fromEntries(
    entries.map(([key, value]) => [
      NAMES[`${vector.command}.${vector.direction}.${key}`] ?? NAMES[key] ?? key,
      translated(value, `${vector.command}.${key}`, key),
    ]),
  );
}

function translated(value: unknown, word: string, key: string): unknown {
  if (Array.isArray(value)) return value.map((each: Fields) => entry(each));
  if (typeof value !== 'string') return value;
  if (key === 'phys_addr') return hex(value);
  return WORDS[word]?.[value] ?? value;
}

function entry(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [NAMES[key] ?? key, translated(value, key, key)]),
  );
}

const vectors = readVectors<CodecVector>('control-messages').filter((each) => each.kind === 'codec');

describe('control-messages.json, codec', () => {
  test('the file has its vectors', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(39);
  });

  test.each(vectors.map((vector) => [vector.name, vector] as const))('%s encodes', (_name, vector) => {
    const { instance_id: instanceId, completion_code: completion, datagram } = vector.fields;
    const header = { instanceId, command: vector.command };
    const fields = ours(vector);
    let message: Uint8Array;
    if (vector.direction === 'request') {
      message = encodeControlRequest(
        { ...header, datagram: datagram === true },
        command(vector.command).encodeRequest(fields),
      );
    } else {
      const failed = completion !== 0;
      const data = failed ? new Uint8Array(0) : command(vector.command).encodeResponse(fields);
      message = encodeControlResponse(header, completion ?? 0, data);
    }
    expect(toHex(message)).toBe(vector.hex);
  });

  test.each(vectors.map((vector) => [vector.name, vector] as const))('%s decodes', (_name, vector) => {
    const message = decodeControl(hex(vector.hex));
    if (isMalformed(message)) throw new Error(message.reason);
    const isRequest = vector.direction === 'request';
    expect(message).toMatchObject({
      request: isRequest,
      datagram: vector.fields.datagram === true,
      instanceId: vector.fields.instance_id,
      command: vector.command,
    });
    if (isRequest) {
      expect(command(vector.command).decodeRequest(message.data)).toEqual(ours(vector));
      return;
    }
    expect(message.data[0]).toBe(vector.fields.completion_code);
    if (message.data[0] !== 0) return;
    expect(command(vector.command).decodeResponse(message.data.subarray(1))).toEqual(ours(vector));
  });
});
