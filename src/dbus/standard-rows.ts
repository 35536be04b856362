import { readFileSync } from 'node:fs';
import { Iface } from '../base/bus-names';
import { BusError } from '../bus/call';
import { Variant } from '../bus/variant';
import { ErrorName } from './errors';
import type { Descriptions } from './introspection';
import { propertyMap } from './managed-objects';
import type { Attached, Rows } from './rows';

/** What the standard interfaces need to know about the object they are called on. */
export interface Node {
  readonly descriptions: Descriptions;
  /** All of the object's interfaces, the standard ones too. */
  interfaces(): readonly Attached[];
  xml(): string;
}

const MACHINE_ID_FILES = ['/etc/machine-id', '/var/lib/dbus/machine-id'];

export const peerRows: Rows<Node> = {
  name: Iface.peer,
  methods: { Ping: () => [], GetMachineId: () => [machineId()] },
  properties: {},
};

export const introspectableRows: Rows<Node> = {
  name: Iface.introspectable,
  methods: { Introspect: (node) => [node.xml()] },
  properties: {},
};

/** R-DBUS-31, and the errors of R-DBUS §6. */
export const propertiesRows: Rows<Node> = {
  name: Iface.properties,
  methods: {
    Get: (node, args) => {
      const { attached, property, signature } = find(node, args.text(0), args.text(1));
      return [new Variant(signature, attached.get(property))];
    },
    GetAll: (node, args) => {
      const name = args.text(0);
      const interfaces = node.interfaces().filter((each) => name === '' || each.name === name);
      if (interfaces.length === 0)
        throw new BusError(ErrorName.unknownInterface, `Unknown interface '${name}'.`);
      return [
        Object.fromEntries(
          interfaces.flatMap((each) => Object.entries(propertyMap(node.descriptions, each))),
        ),
      ];
    },
    Set: (node, args) => {
      const { attached, property, signature, writable } = find(node, args.text(0), args.text(1));
      if (!writable) {
        throw new BusError(ErrorName.propertyReadOnly, `Property '${property}' is not writable.`);
      }
      const given = args.variant(2);
      if (given.signature !== signature) {
        const text = `Incorrect parameters for property '${property}', expected '${signature}', got '${given.signature}'.`;
        throw new BusError(ErrorName.invalidArgs, text);
      }
      attached.set(property, given.value);
      return [];
    },
  },
  properties: {},
};

interface Found {
  readonly attached: Attached;
  readonly property: string;
  readonly signature: string;
  readonly writable: boolean;
}

/** An empty interface name means any interface that has the property. */
function find(node: Node, name: string, property: string): Found {
  for (const attached of node.interfaces()) {
    const description = node.descriptions.get(attached.name)?.properties.get(property);
    if (description === undefined || (name !== '' && name !== attached.name)) continue;
    return { attached, property, ...description };
  }
  throw new BusError(ErrorName.unknownProperty, `Unknown interface ${name} or property ${property}.`);
}

function machineId(): string {
  for (const file of MACHINE_ID_FILES) {
    const id = readIfThere(file)?.trim();
    if (id !== undefined && id !== '') return id;
  }
  throw new BusError(ErrorName.failed, 'This machine has no machine id');
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
