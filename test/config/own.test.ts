import { load, refusal, warningsOf } from './support';

describe('R-DBUS-45 single tables and keys of ours', () => {
  test('defaults (D-3, D-8, D-10, D-17, R-DEMUX-31, R-DEMUX-42, R-CONS-30, R-CONS-46)', () => {
    const config = load('');
    expect(config).toMatchObject({ backend: 'auto', state: true, defaultNetwork: undefined, links: [] });
    expect(config.dbus).toEqual({
      managedObjectsNetworkId: 'int32',
      legacyNames: false,
      alwaysPublishUuid: false,
    });
    expect(config.demux).toEqual({
      names: ['mctp-demux', 'mctp-mux'],
      required: false,
      allow: [],
      compat: undefined,
      queueFrames: 256,
      queueBytes: 1_048_576,
      maxClients: 64,
      maxPerUid: 16,
    });
    expect(config.log).toEqual({ level: 'info', format: 'auto', file: undefined });
    expect(config.metrics).toEqual({ listen: undefined });
  });

  test.each([
    ['backend = "user"', { backend: 'user' }],
    ['backend = "kernel"', { backend: 'kernel' }],
    ['state = false', { state: false }],
    ['default_network = 2147483647', { defaultNetwork: 2_147_483_647 }],
    ['dbus.managed-objects-network-id = "uint32"', { dbus: { managedObjectsNetworkId: 'uint32' } }],
    ['dbus.legacy-names = true', { dbus: { legacyNames: true } }],
    ['dbus.always-publish-uuid = true', { dbus: { alwaysPublishUuid: true } }],
    ['demux.names = []', { demux: { names: [] } }],
    [`demux.names = ["${'x'.repeat(107)}"]`, { demux: { names: ['x'.repeat(107)] } }],
    ['demux.required = true', { demux: { required: true } }],
    ['demux.compat = "libmctp"', { demux: { compat: 'libmctp' } }],
    ['demux.queue_frames = 65536', { demux: { queueFrames: 65_536 } }],
    ['demux.queue_bytes = 65537', { demux: { queueBytes: 65_537 } }],
    ['demux.max_clients = 1', { demux: { maxClients: 1 } }],
    ['demux.max_per_uid = 1024', { demux: { maxPerUid: 1024 } }],
    ['log.level = "debug"', { log: { level: 'debug' } }],
    ['log.format = "json"', { log: { format: 'json' } }],
    ['log.file = "/x"', { log: { file: '/x' } }],
    ['metrics.listen = "9105"', { metrics: { listen: { host: '127.0.0.1', port: 9105 } } }],
    ['metrics.listen = "0.0.0.0:1"', { metrics: { listen: { host: '0.0.0.0', port: 1 } } }],
    ['metrics.listen = "[::1]:65535"', { metrics: { listen: { host: '::1', port: 65_535 } } }],
    [
      '[[demux.allow]]\nuids = [0, 4294967294]\ngids = [5]\ntypes = [1, 127]',
      { demux: { allow: [{ uids: [0, 4_294_967_294], gids: [5], types: [1, 127] }] } },
    ],
    ['[[demux.allow]]\nuids = [7]', { demux: { allow: [{ uids: [7], gids: [], types: undefined }] } }],
  ])('accepts %j', (text, expected) => {
    expect(load(text)).toMatchObject(expected);
    expect(warningsOf(text)).toEqual([]);
  });

  test.each([
    ['backend = "x"', 'backend: found "x", expected one of "auto", "user", "kernel"'],
    ['state = 1', 'state: found 1, expected true or false'],
    ['default_network = 0', 'default_network: found 0, expected an integer 1..2147483647'],
    ['default_network = 2147483648', 'default_network: found 2147483648, expected an integer 1..2147483647'],
    [
      'dbus.managed-objects-network-id = "int64"',
      'dbus.managed-objects-network-id: found "int64", expected one of "int32", "uint32"',
    ],
    ['dbus.legacy-names = 1', 'dbus.legacy-names: found 1, expected true or false'],
    ['dbus.always-publish-uuid = "y"', 'dbus.always-publish-uuid: found "y", expected true or false'],
    ['demux.names = [""]', 'demux.names[0]: found "", expected a name of 1..107 bytes'],
    [
      `demux.names = ["${'\u00e9'.repeat(54)}"]`,
      `demux.names[0]: found "${'\u00e9'.repeat(54)}", expected a name of 1..107 bytes`,
    ],
    ['demux.names = ["a", "a"]', 'demux.names: found ["a", "a"], expected each name once'],
    ['demux.names = "a"', 'demux.names: found "a", expected an array'],
    ['demux.required = 0', 'demux.required: found 0, expected true or false'],
    ['demux.compat = "x"', 'demux.compat: found "x", expected one of "libmctp"'],
    ['demux.queue_frames = 0', 'demux.queue_frames: found 0, expected an integer 1..65536'],
    ['demux.queue_frames = 65537', 'demux.queue_frames: found 65537, expected an integer 1..65536'],
    ['demux.queue_bytes = 65536', 'demux.queue_bytes: found 65536, expected an integer 65537..67108864'],
    [
      'demux.queue_bytes = 67108865',
      'demux.queue_bytes: found 67108865, expected an integer 65537..67108864',
    ],
    ['demux.max_clients = 1025', 'demux.max_clients: found 1025, expected an integer 1..1024'],
    ['demux.max_per_uid = 0', 'demux.max_per_uid: found 0, expected an integer 1..1024'],
    ['log.level = "trace"', 'log.level: found "trace", expected one of "error", "warn", "info", "debug"'],
    ['log.format = "xml"', 'log.format: found "xml", expected one of "auto", "json"'],
    ['log.file = "x.log"', 'log.file: found "x.log", expected an absolute path'],
    ['metrics.listen = 9105', 'metrics.listen: found 9105, expected "port" or "host:port", port 1..65535'],
    [
      'demux.allow = [{ uids = [-1] }]',
      'demux.allow[0].uids[0]: found -1, expected an integer 0..4294967294',
    ],
    [
      'demux.allow = [{ gids = [4294967295] }]',
      'demux.allow[0].gids[0]: found 4294967295, expected an integer 0..4294967294',
    ],
    ['demux.allow = [{ types = [0] }]', 'demux.allow[0].types[0]: found 0, expected an integer 1..127'],
    ['demux.allow = [{ types = [128] }]', 'demux.allow[0].types[0]: found 128, expected an integer 1..127'],
    ['log.colour = true', 'log.colour: found an unknown key, expected one of level, format, file'],
  ])('refuses %j', (text, message) => {
    expect(refusal(text)).toEqual([`test.toml:1: ${message}`]);
  });

  test.each(['', '0', '65536', ':80', 'a b:80', '::1:80', '-1', '1.5', 'host:'])(
    'refuses listen = %j',
    (listen) => {
      expect(refusal(`metrics.listen = "${listen}"`)).toHaveLength(1);
    },
  );

  test('settings that do nothing are warned of', () => {
    expect(warningsOf('[[demux.allow]]\ntypes = [1]')).toEqual([
      'test.toml:1: demux.allow[0]: found neither uids nor gids, expected at least one, or the entry allows nobody',
    ]);
  });
});
