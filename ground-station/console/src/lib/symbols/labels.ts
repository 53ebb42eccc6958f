/**
 * Where labels go: beside their symbols and never on top of one another.
 *
 * Greedy by rank: the most important label is placed first, each tries four sides; one that finds no room is left
 * out. One that must be seen also tries the corners and farther off, and where all of it is full covers the least.
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
    const candidates = request.mustShow ? around(request) : sides(request);
    const box = candidates.find((box) => !grid.overlaps(box)) ?? (request.mustShow ? leastCovering(grid, candidates) : undefined);
    if (!box) return null;
    grid.add(box);
    return box;
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

/** The sides, the corners, and both again up to so many times a label's height farther off. */
const FARTHER = [0, 1, 2];

function around(request: LabelRequest): Box[] {
  return FARTHER.flatMap((times) => {
    const gap = request.gap + times * request.height;
    return [...sides({ ...request, gap }), ...corners({ ...request, gap })];
  });
}

function corners({ x, y, width, height, gap }: LabelRequest): Box[] {
  const off = gap * Math.SQRT1_2;
  return [
    { left: x + off, top: y - off - height, width, height },
    { left: x + off, top: y + off, width, height },
    { left: x - off - width, top: y - off - height, width, height },
    { left: x - off - width, top: y + off, width, height },
  ];
}

function leastCovering(grid: OccupiedGrid, candidates: readonly Box[]): Box | undefined {
  const covered = candidates.map((box) => ({ box, area: grid.covered(box) }));
  return covered.reduce((best, one) => (one.area < best.area ? one : best)).box;
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

  /** How much of a box is covered, square pixels; what is covered twice counts twice. */
  covered(box: Box): number {
    const others = new Set(cellsOf(box).flatMap((cell) => this.cells.get(cell) ?? []));
    return [...others].reduce((sum, other) => sum + common(box, other), 0);
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

function common(a: Box, b: Box): number {
  const wide = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const high = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  return Math.max(0, wide) * Math.max(0, high);
}
