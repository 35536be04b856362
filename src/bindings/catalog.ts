import type { Clock } from '../base/clock';
import { MctpError } from '../base/errors';
import { PhysicalBinding } from '../base/ids';
import type { Log } from '../base/log';
import type { Binding } from '../core/binding';
import { parseOptions } from './common/options';
import type { OptionSchema } from './common/options';
import type { LoopbackBus } from './loopback';
import { loopbackOptions } from './loopback/options';
import { SerialBinding } from './serial/binding';
import { serialOptions } from './serial/options';
import type { SerialPortFactory } from './serial/port';
import { SimBusBinding } from './sim-bus';
import type { PacketConnector } from './sim-bus';
import { simOptions } from './sim/options';

/** Our own address on the buses that need one and have no key for it; the same as on I2C. */
const OWN_ADDRESS = 0x10;

/** What bindings reach the world through (design decision D-11). */
export interface BindingParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly serialPorts: SerialPortFactory;
  /** The in-process bus of that name; the same one at each call. */
  readonly loopback: (name: string) => LoopbackBus;
  readonly packetSockets: PacketConnector;
}

/** The part of a `[[link]]` table that a binding is made of. */
export interface LinkConfig {
  /** Link name, 1..15 bytes. */
  readonly name: string;
  /** The keys that belong to the binding, as they stand in the file; see {@link BindingKind.options}. */
  readonly options: unknown;
}

/** One line of the catalogue. */
export interface BindingKind {
  /** Strict: refuses keys of other bindings. */
  readonly options: OptionSchema;
  /** DSP0239 physical transport binding identifier. */
  readonly physicalBinding: number;
  /** `discover` of a link that does not say. */
  readonly discover: 'probe' | 'static';
  readonly minMtu: number;
  readonly maxMtu: number;
  /** A closed binding. @throws MctpError `configuration` naming each wrong key */
  create(link: LinkConfig, parts: BindingParts): Binding;
}

type BindingDefaults = Omit<BindingKind, 'options' | 'create'>;

function define<Options>(
  options: OptionSchema<Options>,
  defaults: BindingDefaults,
  make: (name: string, options: Options, parts: BindingParts) => Binding,
): BindingKind {
  const create = (link: LinkConfig, parts: BindingParts): Binding => {
    const result = parseOptions(options, link.options);
    if ('options' in result) return make(link.name, result.options, parts);
    const problems = result.problems.map(({ key, message }) => (key === '' ? message : `${key}: ${message}`));
    throw new MctpError('configuration', problems.join('; '), { link: link.name });
  };
  return { options, ...defaults, create };
}

const bus = { discover: 'static', minMtu: 68, maxMtu: 65_535 } as const;

/** Every binding there is, by the configuration's word for it. A new one is a new line here. */
export const bindingKinds: ReadonlyMap<string, BindingKind> = new Map([
  [
    'serial',
    define(
      serialOptions,
      { physicalBinding: PhysicalBinding.serial, discover: 'probe', minMtu: 68, maxMtu: 251 },
      (name, { path, baud, peer_recovery: peerRecovery }, { clock, log, serialPorts }) =>
        new SerialBinding({ name, path, baud, peerRecovery }, { clock, log, ports: serialPorts }),
    ),
  ],
  [
    'loopback',
    define(
      loopbackOptions,
      { ...bus, physicalBinding: PhysicalBinding.unspecified },
      (name, _options, parts) => parts.loopback(name).attach(OWN_ADDRESS),
    ),
  ],
  [
    'sim',
    define(
      simOptions,
      { ...bus, physicalBinding: PhysicalBinding.unspecified },
      (name, { socket }, { clock, log, packetSockets }) =>
        new SimBusBinding({ name, socket, address: OWN_ADDRESS }, { clock, log, connector: packetSockets }),
    ),
  ],
]);

/** What bindings that this build lacks would need. */
const MISSING: Readonly<Record<string, string>> = {
  i2c: 'the I2C binding (package i2c-bus and a slave-mqueue kernel) is not part of this build',
  pcie: 'the PCIe VDM binding (a packet device such as /dev/aspeed-mctp) is not part of this build',
};

/** @throws MctpError `not-supported`, saying what is missing or which bindings there are */
export function bindingKind(name: string): BindingKind {
  const kind = bindingKinds.get(name);
  if (kind !== undefined) return kind;
  const known = [...bindingKinds.keys()].join(', ');
  throw new MctpError('not-supported', MISSING[name] ?? `no binding "${name}"; there are ${known}`);
}
