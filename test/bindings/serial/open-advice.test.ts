import { openAdvice } from '../../../src/bindings/serial/open-advice';

const coded = (code: string) => Object.assign(new Error('failed'), { code });

test.each([
  [new Error('Error: No such file or directory, cannot open /dev/ttyUSB0'), 'missing'],
  [new Error('Error: Permission denied, cannot open /dev/ttyUSB0'), 'permission'],
  [new Error('Error Resource temporarily unavailable Cannot lock port'), 'busy'],
  [new Error('Error: Device or resource busy, cannot open /dev/ttyUSB0'), 'busy'],
  [new Error('Error: Inappropriate ioctl for device setting custom baud rate'), 'not-a-tty'],
  [coded('ENOENT'), 'missing'],
  [coded('EACCES'), 'permission'],
  [coded('EBUSY'), 'busy'],
  [new Error('the moon is full'), 'other'],
  ['EACCES', 'permission'],
])('%s is %s', (error, problem) => {
  expect(openAdvice(error).problem).toBe(problem);
});
