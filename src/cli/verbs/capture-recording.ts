import { MctpError } from '../../base/errors';
import { readBlocks, type CaptureBlock } from '../../bindings/wrap/pcapng';
import { CliError } from '../output/failure';

/** What of the daemon's blocks is written, and how many packets that was. */
export class Recording {
  packets = 0;
  private readonly links: string[] = [];
  private begun = false;

  constructor(
    /** Only the packets of this link. */
    private readonly link: string | undefined,
    private readonly write: (bytes: Uint8Array) => void,
  ) {}

  /** The daemon has let us in. */
  get hasBegun(): boolean {
    return this.begun;
  }

  /**
   * Takes one message of the daemon.
   * @throws CliError for a link that is not there; MctpError `bad-response`
   */
  take(message: Uint8Array): void {
    const blocks = readBlocks(message);
    if (blocks === undefined || (!this.begun && blocks[0]?.kind !== 'section')) {
      throw new MctpError('bad-response', 'the daemon sent what is no capture');
    }
    for (const block of blocks) if (block.kind === 'link') this.links.push(block.name);
    if (!this.begun) this.checkLink();
    this.begun = true;
    for (const block of blocks) this.keep(block);
  }

  private keep(block: CaptureBlock): void {
    if (block.kind === 'packet') {
      // Every link is described all the same, so the numbers in the packets stay true.
      if (this.link !== undefined && this.links[block.link] !== this.link) return;
      this.packets++;
    }
    this.write(block.bytes);
  }

  private checkLink(): void {
    if (this.link === undefined || this.links.includes(this.link)) return;
    const there = this.links.length === 0 ? 'there is none' : `those that can are: ${this.links.join(', ')}`;
    throw new CliError(`link ${this.link} cannot be captured; ${there}`, ['mctpctl link list']);
  }
}
