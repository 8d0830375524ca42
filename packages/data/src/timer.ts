/** The longest time that timers take, in ms; longer ones they make 1. */
const LONGEST = 2 ** 31 - 1;

type Timer = ReturnType<typeof setTimeout>;

/** Calls after `ms`, or after 24.8 days where that is more; never where it is infinite. @returns what `clearTimeout` takes. */
export function after(ms: number, call: () => void): Timer | undefined {
  return ms === Infinity ? undefined : setTimeout(call, Math.min(ms, LONGEST));
}
