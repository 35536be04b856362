import type { AdminCommand } from './command';
import { getFeatures, type GetFeaturesRequest } from './commands/get-features';
import { getLogPage, type LogPageRequest } from './commands/get-log-page';
import { getSmartLog, type SmartLog } from './commands/get-smart-log';
import { identifyController, type ControllerIdentity } from './commands/identify';
import type { NvmeMiCallOptions } from './exchange';
import { MAX_DATA } from './message';

/** What a controller asks of its endpoint. */
interface AdminPath {
  admin<Req, Res>(
    controller: number,
    command: AdminCommand<Req, Res>,
    request: Req,
    options?: NvmeMiCallOptions,
  ): Promise<Res>;
}

/** An NVMe controller behind an NVMe-MI endpoint. Its calls fail as those of the endpoint do. */
export class NvmeMiController {
  constructor(
    private readonly endpoint: AdminPath,
    readonly id: number,
  ) {}

  /** Any Admin command. */
  admin<Req, Res>(command: AdminCommand<Req, Res>, request: Req, options?: NvmeMiCallOptions): Promise<Res> {
    return this.endpoint.admin(this.id, command, request, options);
  }

  /** Serial number, model and firmware: 72 bytes instead of 4096. */
  identity(options?: NvmeMiCallOptions): Promise<ControllerIdentity> {
    return this.admin(identifyController, {}, options);
  }

  /** Reading it clears nothing. */
  smartLog(options?: NvmeMiCallOptions): Promise<SmartLog> {
    return this.admin(getSmartLog, {}, options);
  }

  feature(request: GetFeaturesRequest, options?: NvmeMiCallOptions): Promise<number> {
    return this.admin(getFeatures, request, options);
  }

  /**
   * A log of any length, in pieces of 4096 bytes; shorter than asked for where the log ends.
   * @param request `length` a multiple of 4; with `retainEvents: false` only the last piece lets go of the event
   * @throws RangeError
   */
  async logPage(request: LogPageRequest, options?: NvmeMiCallOptions): Promise<Uint8Array> {
    const { offset = 0, length } = request;
    if (length % 4 !== 0) throw new RangeError(`length ${length} is no multiple of 4`);
    const log = new Uint8Array(length);
    let read = 0;
    while (read < length) {
      const wanted = Math.min(MAX_DATA, length - read);
      const isLast = read + wanted === length;
      const retainEvents = !isLast || request.retainEvents !== false;
      const piece = { ...request, offset: offset + read, length: wanted, retainEvents };
      const data = await this.admin(getLogPage, piece, options);
      log.set(data, read);
      read += data.length;
      if (data.length < wanted) break;
    }
    return log.slice(0, read);
  }
}
