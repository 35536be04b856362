import { toHex } from '../../base/bytes';
import { describeCause } from '../../base/errors';
import type { ControllerIdentity } from '../../nvme-mi/commands/identify';
import type { SubsystemHealth } from '../../nvme-mi/commands/subsystem-health-status-poll';
import type { ControllerReport, SubsystemReport } from '../../nvme-mi/subsystem-report';
import type { EndpointRecord } from '../../scan/records';
import type { Json } from './json';
import type { DriveRow } from './nvme-table';

/** The `--json` shapes of the nvme verbs; the rules of `json.ts` hold. */

export function driveJson({ record, report, failure }: DriveRow): Json {
  return {
    ...addressJson(record),
    identity: labelJson(report?.controllers[0]?.identity),
    health: subsystemHealthJson(report?.health),
    error: failure ?? null,
  };
}

export function infoJson(record: EndpointRecord, report: SubsystemReport): Json {
  const { subsystem, ports, controllers } = report;
  return {
    ...addressJson(record),
    version: `${subsystem.majorVersion}.${subsystem.minorVersion}`,
    ports: ports.map((port) => (port === undefined ? null : plain(port))),
    controllers: controllers.map(({ id, information, identity }) => ({
      id,
      information: information === undefined ? null : plain(information),
      identity: labelJson(identity),
    })),
    problems: problemsJson(report),
  };
}

export function healthJson(record: EndpointRecord, report: SubsystemReport): Json {
  return {
    ...addressJson(record),
    health: subsystemHealthJson(report.health),
    controllers: report.controllers.map(vitalsJson),
    problems: problemsJson(report),
  };
}

export function identityJson(
  record: EndpointRecord,
  { controller, ...identity }: ControllerIdentity & { readonly controller: number },
): Json {
  return { ...addressJson(record), controller, identity: labelJson(identity) };
}

export function logJson(
  record: EndpointRecord,
  { controller, log, data }: { controller: number; log: number; data: Uint8Array },
): Json {
  return { ...addressJson(record), controller, log, data: toHex(data) };
}

function addressJson({ network, eid }: EndpointRecord): { network: number; eid: number } {
  return { network, eid };
}

function labelJson(identity: ControllerIdentity | undefined): Json {
  return identity === undefined ? null : { ...identity };
}

function subsystemHealthJson(health: SubsystemHealth | undefined): Json {
  if (health === undefined) return null;
  const { temperature, warning, changed } = health;
  const reading = { celsius: temperature.celsius ?? null, note: temperature.note };
  return {
    driveFunctional: health.driveFunctional,
    resetRequired: health.resetRequired,
    linkActive: health.linkActive,
    sanitizeFailure: health.sanitizeFailure,
    temperature: reading,
    percentageUsed: health.percentageUsed,
    warning: { ...warning },
    changed: { ...changed },
  };
}

function vitalsJson({ id, health }: ControllerReport): Json {
  if (health === undefined) return { id, health: null };
  return { id, health: { ...health, warning: { ...health.warning } } };
}

function problemsJson({ problems }: SubsystemReport): Json {
  return problems.map(({ what, error }) => ({ what, error: describeCause(error) }));
}

/** Values of our own decoder: numbers, booleans, strings and lists of them; what is unknown becomes `null`. */
function plain(value: object): Json {
  return JSON.parse(JSON.stringify(value, (_key, each: unknown) => each ?? null)) as Json;
}
