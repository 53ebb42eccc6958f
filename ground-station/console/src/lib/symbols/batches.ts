/** Lines and dots of one colour and strength, gathered and painted at once: a thousand strokes become a handful. */
export class Batches {
  private readonly batches = new Map<string, { colour: string; opacity: number; path: Path2D }>();

  /** The path to add to. Opacities are told apart by tenths. */
  path(colour: string, opacity: number): Path2D {
    const rounded = Math.round(opacity * 10) / 10;
    const key = `${colour}/${rounded}`;
    let batch = this.batches.get(key);
    if (!batch) {
      batch = { colour, opacity: rounded, path: new Path2D() };
      this.batches.set(key, batch);
    }
    return batch.path;
  }

  paint(paint: (colour: string, opacity: number, path: Path2D) => void): void {
    for (const { colour, opacity, path } of this.batches.values()) paint(colour, opacity, path);
  }
}
