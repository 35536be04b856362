import { Emitter } from '../../src/base/events';

test('listeners hear in the order they came; one that throws stops nobody, and its error is given back', () => {
  const emitter = new Emitter<number>();
  const heard: string[] = [];
  emitter.on((event) => heard.push(`a${event}`));
  emitter.on(() => {
    throw new Error('defect');
  });
  emitter.on((event) => heard.push(`b${event}`));
  expect(() => emitter.emit(1)).toThrow('defect');
  expect(heard).toEqual(['a1', 'b1']);
});

test('who unsubscribes, or comes, during an event changes the next one only', () => {
  const emitter = new Emitter<number>();
  const heard: string[] = [];
  const first = emitter.on((event) => {
    heard.push(`first${event}`);
    second.unsubscribe();
    if (event === 1) emitter.on((later) => heard.push(`new${later}`));
  });
  const second = emitter.on((event) => heard.push(`second${event}`));
  emitter.emit(1);
  emitter.emit(2);
  first.unsubscribe();
  first.unsubscribe();
  emitter.emit(3);
  expect(heard).toEqual(['first1', 'second1', 'first2', 'new2', 'new3']);
});
