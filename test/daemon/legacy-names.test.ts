import { LEGACY_SERVICE_NAME } from '../../src/base/bus-names';
import type { LogFields } from '../../src/base/log';
import { nullLog } from '../../src/base/log';
import type { Net } from '../../src/core/net';
import { offerLegacyNames } from '../../src/daemon/legacy-names';
import { Registry } from '../../src/discovery/registry';
import { operationsScript } from '../dbus/harness';
import { PrivateBus } from '../support/private-bus';
import { eventually } from '../support/within';

const WITHOUT = 'going on without the old names';

/** What the old names are offered with, and the errors that are logged. */
function given() {
  const errors: [string, LogFields | undefined][] = [];
  const log = { ...nullLog, error: (text: string, fields?: LogFields) => void errors.push([text, fields]) };
  const services = { registry: new Registry(), operations: operationsScript(), net: {} as Net };
  return { options: { services, log, alwaysPublishUuid: false }, errors };
}

const failure = (cause: string): unknown => [
  WITHOUT,
  { name: LEGACY_SERVICE_NAME, cause: expect.stringContaining(cause) as string },
];

test('R-CONS-46 a second connection that is refused is an error in the log, and nothing more', async () => {
  const { options, errors } = given();
  expect(await offerLegacyNames('unix:socket=/nonexistent/bus', options)).toBeUndefined();
  expect(errors).toEqual([failure('cannot connect to the D-Bus')]);
});

test('R-CONS-46 a second connection that is lost is an error in the log, its own end is none', async () => {
  await using bus = await PrivateBus.start();
  const { options, errors } = given();
  const presences = [
    await offerLegacyNames(bus.socketAddress, options),
    await offerLegacyNames(bus.socketAddress, options),
  ];
  expect(presences).toEqual([expect.anything(), undefined]);
  expect(errors.splice(0)).toEqual([failure('is owned already')]);
  presences[0]?.close();
  const again = await offerLegacyNames(bus.socketAddress, options);
  expect(errors).toEqual([]);
  await bus.stop();
  await eventually('the loss', () => errors.length > 0);
  expect(errors).toEqual([failure('')]);
  await again?.sayGoodbye();
  again?.close();
});
