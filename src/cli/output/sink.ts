/** Where text goes: standard output or error of the process, or a string in a test. */
export interface Sink {
  readonly isTerminal: boolean;
  write(text: string): void;
}
