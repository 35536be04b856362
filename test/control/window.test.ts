import { Window, type WindowPlace } from '../../src/control/window';
import { TestClock, idle } from '../support/test-clock';

async function entered(window: Window, count: number): Promise<WindowPlace[]> {
  const places: WindowPlace[] = [];
  for (let i = 0; i < count; i++) void window.enter().then((place) => places.push(place));
  await idle();
  return places;
}

describe('Window (design decision D-7)', () => {
  test('16 requests at once by default, the others in their order', async () => {
    const window = new Window(new TestClock());
    const places = await entered(window, 18);
    expect(places).toHaveLength(16);
    expect(window.load).toEqual({ occupied: 16, waiting: 2 });
    places[3]?.leave();
    await idle();
    expect(places).toHaveLength(17);
    expect(window.load).toEqual({ occupied: 16, waiting: 1 });
  });

  test('leaving twice frees one place', async () => {
    const window = new Window(new TestClock(), 2);
    const places = await entered(window, 4);
    places[0]?.leave();
    places[0]?.leave();
    await idle();
    expect(places).toHaveLength(3);
  });

  test('a request silent for 50 ms after it was sent leaves the window', async () => {
    const clock = new TestClock();
    const window = new Window(clock, 1);
    const places = await entered(window, 2);
    await clock.advance(1000);
    expect(places).toHaveLength(1);
    places[0]?.onAir();
    await clock.advance(49);
    expect(places).toHaveLength(1);
    await clock.advance(1);
    expect(places).toHaveLength(2);
    places[0]?.leave();
    expect(window.load).toEqual({ occupied: 1, waiting: 0 });
  });

  test('an answered request leaves no timer', async () => {
    const clock = new TestClock();
    const window = new Window(clock, 1);
    const [place] = await entered(window, 1);
    place?.onAir();
    place?.onAir();
    expect(clock.timers).toBe(1);
    place?.leave();
    place?.onAir();
    expect(clock.timers).toBe(0);
    expect(window.load).toEqual({ occupied: 0, waiting: 0 });
  });
});
