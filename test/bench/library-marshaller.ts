import { createRequire } from 'node:module';
import { Message, MessageType } from '../../src/bus/dbus-next-types';
import type { RawMessage } from '../../src/bus/dbus-next-types';

interface LibraryMarshaller {
  marshallMessage(message: RawMessage): unknown;
}

/** Milliseconds dbus-next's marshaller takes for what `GetManagedObjects` returns, in the form that it takes. */
export function marshalWithLibrary(objects: unknown): number {
  const library = createRequire(__filename)('dbus-next/lib/marshall-compat') as LibraryMarshaller;
  const fields = { type: MessageType.methodReturn, serial: 1, replySerial: 1 };
  const message = new Message({ ...fields, signature: 'a{oa{sa{sv}}}', body: [objects] });
  const began = performance.now();
  library.marshallMessage(message);
  return performance.now() - began;
}
