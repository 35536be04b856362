import {
  clearHealthStatusChange,
  setSmbusFrequency,
  setTransmissionUnit,
} from '../../src/nvme-mi/commands/configuration-set';
import { controllerHealthStatusPoll } from '../../src/nvme-mi/commands/controller-health-status-poll';
import { getFeatures } from '../../src/nvme-mi/commands/get-features';
import { getSmbusFrequency, getTransmissionUnit } from '../../src/nvme-mi/commands/configuration-get';
import { getSmartLog } from '../../src/nvme-mi/commands/get-smart-log';
import { identify, identifyController } from '../../src/nvme-mi/commands/identify';
import { readControllerInformation } from '../../src/nvme-mi/commands/read-controller-information';
import { readControllerList } from '../../src/nvme-mi/commands/read-controller-list';
import { readPortInformation } from '../../src/nvme-mi/commands/read-port-information';
import { readSubsystemInformation } from '../../src/nvme-mi/commands/read-subsystem-information';
import { subsystemHealthStatusPoll } from '../../src/nvme-mi/commands/subsystem-health-status-poll';
import { vpdRead } from '../../src/nvme-mi/commands/vpd-read';
import type { NvmeMiEndpoint } from '../../src/nvme-mi/endpoint';
import type { NvmeMiCallOptions } from '../../src/nvme-mi/exchange';
import { abort, getState, pause, replay, resume } from '../../src/nvme-mi/primitives';
import type { NvmeMiVector } from './vectors';

type Call = (endpoint: NvmeMiEndpoint, options: NvmeMiCallOptions) => Promise<unknown>;

const subsystem: Call = (endpoint, options) => endpoint.request(readSubsystemInformation, {}, options);
const feature: Call = (endpoint, options) => endpoint.admin(5, getFeatures, { feature: 2 }, options);

/** The call that sends the request of a vector; those that are not here read the subsystem, or a feature. */
const CALLS: Readonly<Record<string, Call>> = {
  read_port_info_pcie_port0: (e, o) => e.request(readPortInformation, { port: 0 }, o),
  read_port_info_smbus_port1: (e, o) => e.request(readPortInformation, { port: 1 }, o),
  mi_status_04_port7: (e, o) => e.request(readPortInformation, { port: 7 }, o),
  read_controller_list: (e, o) => e.request(readControllerList, {}, o),
  read_controller_info_5: (e, o) => e.request(readControllerInformation, { controller: 5 }, o),
  subsystem_health_status_poll: (e, o) => e.request(subsystemHealthStatusPoll, {}, o),
  subsystem_health_status_poll_clear_minus60C: (e, o) =>
    e.request(subsystemHealthStatusPoll, { clear: true }, o),
  config_get_smbus_freq_port1: (e, o) => e.request(getSmbusFrequency, { port: 1 }, o),
  config_set_smbus_freq_port1_400k: (e, o) => e.request(setSmbusFrequency, { port: 1, kHz: 400 }, o),
  config_get_mctp_mtu_port1: (e, o) => e.request(getTransmissionUnit, { port: 1 }, o),
  config_set_mctp_mtu_port1_250: (e, o) => e.request(setTransmissionUnit, { port: 1, bytes: 250 }, o),
  config_set_health_status_change: (e, o) =>
    e.request(clearHealthStatusChange, { ready: true, controllerStatus: true, temperature: true }, o),
  controller_health_status_poll_all: (e, o) => e.request(controllerHealthStatusPoll, { maxEntries: 16 }, o),
  vpd_read_offset0_len8: (e, o) => e.request(vpdRead, { offset: 0, length: 8 }, o),
  admin_identify_controller_full: (e, o) => e.admin(5, identify, { structure: 1 }, o),
  admin_identify_controller_partial_72: (e, o) => e.admin(5, identifyController, {}, o),
  admin_identify_controller_partial_off512_len16: (e, o) =>
    e.admin(5, identify, { structure: 1, offset: 512, length: 16 }, o),
  admin_get_log_smart: (e, o) => e.admin(5, getSmartLog, {}, o),
  control_pause: (e, o) => e.primitive(pause, {}, o),
  control_resume: (e, o) => e.primitive(resume, {}, o),
  control_abort: (e, o) => e.primitive(abort, {}, o),
  control_get_state: (e, o) => e.primitive(getState, {}, o),
  control_replay: (e, o) => e.primitive(replay, {}, o),
};

export function callOf({ name, request }: NvmeMiVector): Call {
  const call = CALLS[name] ?? (request.nmimt === 'admin' ? feature : subsystem);
  return (endpoint, options) => call(endpoint, { slot: request.csi, ...options });
}
