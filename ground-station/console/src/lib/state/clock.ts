/**
 * The station's clock, as heard in its messages and carried on by this computer's monotonic clock.
 *
 * Ages are reckoned on the station's clock only: this computer's wall clock may be wrong by minutes and is not used.
 */
export class StationClock {
  private heard: { station: number; monotonic: number } | null = null;

  /** A message said it is `station` now (Unix milliseconds). */
  hear(station: number, monotonic: number): void {
    this.heard = { station, monotonic };
  }

  /** The station's time, Unix milliseconds; null before the first message. */
  at(monotonic: number): number | null {
    return this.heard && this.heard.station + (monotonic - this.heard.monotonic);
  }

  /** Milliseconds since the last message. */
  silence(monotonic: number): number {
    return this.heard ? monotonic - this.heard.monotonic : Infinity;
  }
}
