/** The one wrapper class for variants, whoever makes them: `new Variant('u', 7)`. */
export { Variant } from './dbus-next-types';
