import { controllerHealthStatusPoll, type ControllerHealth } from './commands/controller-health-status-poll';
import type { SmartLog } from './commands/get-smart-log';
import type { ControllerIdentity } from './commands/identify';
import {
  readControllerInformation,
  type ControllerInformation,
} from './commands/read-controller-information';
import { readControllerList } from './commands/read-controller-list';
import { readPortInformation, type PortInformation } from './commands/read-port-information';
import { readSubsystemInformation, type SubsystemInformation } from './commands/read-subsystem-information';
import { subsystemHealthStatusPoll, type SubsystemHealth } from './commands/subsystem-health-status-poll';
import type { NvmeMiEndpoint } from './endpoint';
import { NvmeMiStatusError, NvmeMiTransportError, NvmeStatusError } from './errors';
import type { NvmeMiCallOptions } from './exchange';
import { celsiusOf, type CriticalWarning } from './health-flags';
import { NvmeMiStatus } from './status';

/** All that a drive tells about itself. What it does not tell is `undefined`, and {@link problems} says why. */
export interface SubsystemReport {
  readonly subsystem: SubsystemInformation;
  /** By port number. */
  readonly ports: readonly (PortInformation | undefined)[];
  /** In ascending order of their IDs. */
  readonly controllers: readonly ControllerReport[];
  readonly health: SubsystemHealth | undefined;
  readonly problems: readonly ReportProblem[];
}

export interface ControllerReport {
  readonly id: number;
  readonly information: ControllerInformation | undefined;
  readonly identity: ControllerIdentity | undefined;
  readonly health: ControllerVitals | undefined;
}

/** What matters most of a controller's health, wherever it is from. */
export interface ControllerVitals {
  readonly source: 'health-status-poll' | 'smart-log';
  readonly temperatureCelsius: number;
  /** Of the rated endurance; may exceed 100, 255 = that or more. */
  readonly percentageUsed: number;
  readonly sparePercent: number;
  readonly warning: CriticalWarning;
}

export interface ReportProblem {
  /** What was asked: `port 1`, `controller 0 identity`. */
  readonly what: string;
  readonly error: NvmeMiStatusError | NvmeStatusError | NvmeMiTransportError;
}

export interface ReportOptions extends NvmeMiCallOptions {
  /** Controllers asked for information and identity, lowest IDs first; the others have their health only. Default 16. */
  readonly controllerLimit?: number;
}

/**
 * Reads what there is to read, in the order of the usual scan, and clears nothing. A part that the drive refuses is left
 * out; once it stops answering, nothing more is asked of it.
 * @throws NvmeMiStatusError, NvmeMiTransportError when it does not even tell what it is
 */
export async function readSubsystemReport(
  endpoint: NvmeMiEndpoint,
  { controllerLimit = 16, ...options }: ReportOptions = {},
): Promise<SubsystemReport> {
  const subsystem = await endpoint.request(readSubsystemInformation, {}, options);
  const reading = new Reading(endpoint, options);
  const ports = await reading.ports(subsystem.ports);
  const ids = await reading.controllerIds();
  const described = await reading.controllers(ids.slice(0, controllerLimit));
  const health = await reading.part('subsystem health', () =>
    endpoint.request(subsystemHealthStatusPoll, {}, options),
  );
  const vitals = await reading.vitals(ids.slice(0, controllerLimit));
  const controllers = ids.map((id) => ({
    id,
    information: described.get(id)?.information,
    identity: described.get(id)?.identity,
    health: vitals.get(id),
  }));
  return { subsystem, ports, controllers, health, problems: reading.problems };
}

type Description = Pick<ControllerReport, 'information' | 'identity'>;

/** One report under way. */
class Reading {
  readonly problems: ReportProblem[] = [];
  /** It has stopped answering; asking on would cost a time-out for each part. */
  private silent = false;

  constructor(
    private readonly endpoint: NvmeMiEndpoint,
    private readonly options: NvmeMiCallOptions,
  ) {}

  /** `undefined`: the drive did not tell, and the problem is noted. */
  async part<T>(what: string, ask: () => Promise<T>): Promise<T | undefined> {
    if (this.silent) return undefined;
    try {
      return await ask();
    } catch (error) {
      if (!isOfDrive(error)) throw error;
      this.problems.push({ what, error });
      this.silent = error instanceof NvmeMiTransportError && error.code !== 'bad-response';
      return undefined;
    }
  }

  async ports(count: number): Promise<(PortInformation | undefined)[]> {
    const ports: (PortInformation | undefined)[] = [];
    for (let port = 0; port < count; port++) {
      const ask = () => this.endpoint.request(readPortInformation, { port }, this.options);
      ports.push(await this.part(`port ${port}`, ask));
    }
    return ports;
  }

  async controllerIds(): Promise<readonly number[]> {
    const ask = () => this.endpoint.request(readControllerList, {}, this.options);
    return (await this.part('controllers', ask)) ?? [];
  }

  async controllers(ids: readonly number[]): Promise<ReadonlyMap<number, Description>> {
    const described = new Map<number, Description>();
    for (const id of ids) {
      const information = await this.part(`controller ${id}`, () =>
        this.endpoint.request(readControllerInformation, { controller: id }, this.options),
      );
      const identity = await this.part(`controller ${id} identity`, () =>
        this.endpoint.controller(id).identity(this.options),
      );
      described.set(id, { information, identity });
    }
    return described;
  }

  /** @param ids whose SMART log is read where the endpoint has no poll for all of them */
  async vitals(ids: readonly number[]): Promise<ReadonlyMap<number, ControllerVitals>> {
    const before = this.problems.length;
    const polled = await this.part('controller health', () =>
      this.endpoint.request(controllerHealthStatusPoll, {}, this.options),
    );
    if (polled !== undefined) return new Map(polled.map((each) => [each.controller, fromPoll(each)]));
    if (!isUnsupported(this.problems[before])) return new Map();
    this.problems.splice(before);
    const vitals = new Map<number, ControllerVitals>();
    for (const id of ids) {
      const ask = () => this.endpoint.controller(id).smartLog(this.options);
      const log = await this.part(`controller ${id} SMART log`, ask);
      if (log !== undefined) vitals.set(id, fromSmartLog(log));
    }
    return vitals;
  }
}

function isOfDrive(error: unknown): error is ReportProblem['error'] {
  return (
    error instanceof NvmeMiStatusError ||
    error instanceof NvmeStatusError ||
    error instanceof NvmeMiTransportError
  );
}

/** The answers of endpoints that have no Controller Health Status Poll. */
function isUnsupported(problem: ReportProblem | undefined): boolean {
  const unsupported: readonly number[] = [NvmeMiStatus.internalError, NvmeMiStatus.invalidOpcode];
  return problem?.error instanceof NvmeMiStatusError && unsupported.includes(problem.error.status);
}

function fromPoll({ temperatureKelvin, ...health }: ControllerHealth): ControllerVitals {
  const { percentageUsed, sparePercent, warning } = health;
  const temperatureCelsius = celsiusOf(temperatureKelvin);
  return { source: 'health-status-poll', temperatureCelsius, percentageUsed, sparePercent, warning };
}

function fromSmartLog({ temperatureKelvin, ...log }: SmartLog): ControllerVitals {
  const { percentageUsed, sparePercent, warning } = log;
  const temperatureCelsius = celsiusOf(temperatureKelvin);
  return { source: 'smart-log', temperatureCelsius, percentageUsed, sparePercent, warning };
}
