import { setTimeout as sleep } from 'node:timers/promises';
import { Heartbeat as Leaky } from '../src/leaky/heartbeat';
import { Heartbeat as Fixed } from '../src/fixed/heartbeat';

describe.each([
  { variant: 'leaky', Heartbeat: Leaky },
  { variant: 'fixed', Heartbeat: Fixed },
])('a $variant heartbeat', ({ Heartbeat }) => {
  test('beats until it is stopped', async () => {
    const beat = jest.fn();
    const heartbeat = new Heartbeat({ everyMs: 2, beat });
    heartbeat.start();
    await sleep(20);
    heartbeat.stop();
    expect(beat).toHaveBeenCalled();
  });
});
