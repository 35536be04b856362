/** The parts of dbus-next that are loaded; it declares its top module only, and that one costs twice the time. */

declare module 'dbus-next/lib/connection.js' {
  const createConnection: (options: { readonly busAddress: string }) => unknown;
  export = createConnection;
}

declare module 'dbus-next/lib/message-type.js' {
  export const Message: unknown;
}

declare module 'dbus-next/lib/variant.js' {
  export const Variant: unknown;
}
