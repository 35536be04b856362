import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fromHex, toHex } from '../base/bytes';
import { MctpError } from '../base/errors';

const APPLICATION_ID = '67369c054b974b7ebe7265cfd8639f10';
const MACHINE_ID_FILE = '/etc/machine-id';
const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id';

/**
 * Our UUID where none is configured (R-DBUS-41): HMAC-SHA256 of a fixed application id under the machine's id, so that
 * it stays the same for ever and does not give the machine id away.
 * @param machineId content of /etc/machine-id; absent, empty or not an id: the boot id takes its place
 * @param bootId content of /proc/sys/kernel/random/boot_id, with dashes
 * @returns lower case with dashes; `undefined` when neither is an id
 */
export function deriveUuid(machineId: string | undefined, bootId: string | undefined): string | undefined {
  const key = readId(machineId) ?? readId(bootId);
  const application = fromHex(APPLICATION_ID);
  if (key === undefined || application === undefined) return undefined;
  const bytes = createHmac('sha256', key).update(application).digest().subarray(0, 16);
  // RFC 9562: version 4, variant 1.
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The 16 bytes of an id; an image that was never booted has an empty file or the word `uninitialized` in it. */
function readId(text: string | undefined): Uint8Array | undefined {
  const bytes = fromHex(text?.trim().replaceAll('-', '') ?? '');
  if (bytes?.length !== 16 || bytes.every((byte) => byte === 0)) return undefined;
  return bytes;
}

/**
 * The UUID of this machine.
 * @param readFile content of a file, or throws
 * @throws MctpError `configuration` when there is neither a machine id nor a boot id
 */
export function ownUuid(readFile: (path: string) => string = (path) => readFileSync(path, 'utf8')): string {
  const attempt = (path: string): string | undefined => {
    try {
      return readFile(path);
    } catch {
      // Either file may be missing; that both are is reported below.
      return undefined;
    }
  };
  const uuid = deriveUuid(attempt(MACHINE_ID_FILE), attempt(BOOT_ID_FILE));
  if (uuid !== undefined) return uuid;
  throw new MctpError(
    'configuration',
    `no UUID can be derived: neither ${MACHINE_ID_FILE} nor ${BOOT_ID_FILE} holds an id; set [mctp] uuid`,
  );
}
