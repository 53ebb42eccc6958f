/**
 * Where labels go: beside their symbols and never on top of one another.
 *
 * Greedy by rank: the most important label is placed first, each tries four sides; one that finds no room is left
 * out, unless it must be seen.
 */
export interface LabelRequest {
  x: number;
  y: number;
  width: number;
  height: number;
  /** Distance from the symbol's centre to the label's nearest edge. */
  gap: number;
  mustShow: boolean;
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const CELL_PX = 64;

/** For each request, most important first, the box it got, or null. */
export function placeLabels(requests: readonly LabelRequest[], occupied: readonly Box[] = []): (Box | null)[] {
  const grid = new OccupiedGrid();
  for (const box of occupied) grid.add(box);
  return requests.map((request) => {
    const candidates = sides(request);
    const free = candidates.find((box) => !grid.overlaps(box)) ?? (request.mustShow ? candidates[0] : undefined);
    if (!free) return null;
    grid.add(free);
    return free;
  });
}

function sides({ x, y, width, height, gap }: LabelRequest): Box[] {
  return [
    { left: x + gap, top: y - height / 2, width, height },
    { left: x - gap - width, top: y - height / 2, width, height },
    { left: x - width / 2, top: y + gap, width, height },
    { left: x - width / 2, top: y - gap - height, width, height },
  ];
}

/** Boxes by the cells they touch, so that a thousand labels need no million comparisons. */
class OccupiedGrid {
  private readonly cells = new Map<string, Box[]>();

  add(box: Box): void {
    for (const cell of cellsOf(box)) {
      const boxes = this.cells.get(cell);
      if (boxes) boxes.push(box);
      else this.cells.set(cell, [box]);
    }
  }

  overlaps(box: Box): boolean {
    return cellsOf(box).some((cell) => this.cells.get(cell)?.some((other) => intersect(box, other)) ?? false);
  }
}

function cellsOf(box: Box): string[] {
  const cells: string[] = [];
  for (let cx = Math.floor(box.left / CELL_PX); cx <= Math.floor((box.left + box.width) / CELL_PX); cx++) {
    for (let cy = Math.floor(box.top / CELL_PX); cy <= Math.floor((box.top + box.height) / CELL_PX); cy++) {
      cells.push(`${cx}/${cy}`);
    }
  }
  return cells;
}

function intersect(a: Box, b: Box): boolean {
  return (
    a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height
  );
}
