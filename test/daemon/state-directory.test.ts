import { stateDirectory } from '../../src/daemon/state-directory';

test.each([
  ['on the system bus', {}, true, '/var/lib/mctp-endpointd'],
  ['nowhere on another bus', {}, false, undefined],
  ['where systemd made it', { env: { STATE_DIRECTORY: '/var/lib/a:/var/lib/b' } }, false, '/var/lib/a'],
  ['where it is told', { option: '/x', env: { STATE_DIRECTORY: '/var/lib/a' } }, true, '/x'],
  ['below the working directory', { option: 'x' }, false, `${process.cwd()}/x`],
  ['not at a place that is none', { env: { STATE_DIRECTORY: '' } }, false, undefined],
])('D-1 D-8 D-11 the state is kept %s', (_, given, isSystemBus, expected) => {
  expect(stateDirectory({ env: {}, ...given, isSystemBus })).toBe(expected);
});
