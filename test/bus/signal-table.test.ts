import { SignalTable } from '../../src/bus/signal-table';

const BUS = 'org.freedesktop.DBus';
const NAME = 'org.example.Name';

function signal(sender: string, member: string, body: readonly unknown[] = []) {
  return { sender, path: '/', iface: BUS, member, signature: '', body };
}

describe('a well-known sender', () => {
  test('an owner that comes while the bus is asked is not forgotten for the older answer', () => {
    const table = new SignalTable(() => undefined);
    const heard: string[] = [];
    table.add({ sender: NAME }, ({ member }) => heard.push(member));
    table.deliver(signal(':1.5', 'Early'));
    // Both arrive in one read; whoever asked hears the answer a turn later than the table hears the signal.
    table.deliver(signal(BUS, 'NameOwnerChanged', [NAME, '', ':1.5']));
    table.learnOwner(NAME, '');
    table.deliver(signal(':1.5', 'Said'));
    expect(heard).toEqual(['Said']);
  });

  test('the answer counts while there was no signal, for each match by itself', () => {
    const table = new SignalTable(() => undefined);
    const heard: string[] = [];
    table.add({ sender: NAME }, ({ member }) => heard.push(`first ${member}`));
    table.learnOwner(NAME, ':1.5');
    table.add({ sender: NAME }, ({ member }) => heard.push(`second ${member}`));
    table.deliver(signal(':1.5', 'Said'));
    table.learnOwner(NAME, ':1.5');
    table.deliver(signal(':1.5', 'Again'));
    table.deliver(signal(BUS, 'NameOwnerChanged', [NAME, ':1.5', '']));
    table.deliver(signal(':1.5', 'Late'));
    expect(heard).toEqual(['first Said', 'first Again', 'second Again']);
  });
});
