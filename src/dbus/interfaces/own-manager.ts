import { Iface } from '../../base/bus-names';
import type { RootInfo } from '../root-info';
import type { Rows } from '../rows';

/** `org.mctp_endpoint_manager.Manager1`: the root object (R-DBUS-51). */
export const ownManagerRows: Rows<{ readonly info: RootInfo }> = {
  name: Iface.ownManager,
  methods: {
    Rescan: ({ info }) => {
      info.rescan();
      return [];
    },
  },
  properties: {
    Version: ({ info }) => info.version,
    UptimeSeconds: ({ info }) => BigInt(Math.floor(info.uptimeSeconds())),
    DemuxSockets: ({ info }) => [...info.demuxSockets],
    ClientSocket: ({ info }) => info.clientSocket,
  },
};
