/** What the root object shows of the process, and where its methods go; the daemon implements it. */
export interface RootInfo {
  readonly version: string;
  /** Whole seconds since start. */
  uptimeSeconds(): number;
  /** Names that are listened on, `@` for the NUL: `@mctp-demux`. */
  readonly demuxSockets: readonly string[];
  /** In the same form; empty when there is none. */
  readonly clientSocket: string;
  /** Automatic discovery again, back-off times reset. */
  rescan(): void;
  /**
   * @param owner the caller's unique bus name
   * @param versions 4 bytes each as on the wire
   * @throws MctpError `invalid-message-type`, `no-versions`, `type-already-registered` (R-DBUS-9)
   */
  registerType(owner: string, type: number, versions: readonly Uint8Array[]): void;
  /** @throws MctpError `vendor-type-already-registered`, `too-many-vendor-types` (R-DBUS-11) */
  registerVendorType(
    owner: string,
    set: { readonly format: number; readonly vendor: number; readonly subtype: number },
  ): void;
  /** The caller has left the bus: what it registered goes (R-DBUS-12). */
  ownerVanished(owner: string): void;
}
