/** The two sides of a simulated bus that reach each other over a unix socket: the simulator's and the daemon's. */
export interface SimLink {
  readonly name: string;
  readonly socket: string;
  readonly network: number;
  readonly devices: number;
}

const FIRST_ADDRESS = 0x20;

/** For `mctpctl sim`. */
export function simScenario({ name, socket, devices }: SimLink): string {
  return `[[bus]]
name = "${name}"
kind = "sim"
socket = "${socket}"
[[bus.device]]
name = "device"
address = ${FIRST_ADDRESS}
count = ${devices}
uuid = "595a522d-77c5-4628-8400-37bfb41b7000"
types = ["control", "pldm", "nvme-mi"]
latency_ms = 5
`;
}

/** For the daemon: every device is listed, so that all are found without a call. */
export function simConfiguration({ name, socket, network, devices }: SimLink): string {
  const endpoint = (_: unknown, at: number): string =>
    `[[link.endpoint]]\naddress = [${FIRST_ADDRESS + at}]\n`;
  return `[[link]]
name = "${name}"
network = ${network}
binding = "sim"
socket = "${socket}"
eid = 8
${Array.from({ length: devices }, endpoint).join('')}`;
}
