/** The scale bar: a round length, at most 120 pixels long. */
import { length } from "../format";

const LONGEST_PX = 120;
const ROUND_M = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000,
];

export function scaleBar(pxPerM: number): { label: string; px: number } {
  const metres = ROUND_M.findLast((candidate) => candidate * pxPerM <= LONGEST_PX) ?? 1;
  const label = metres >= 1000 ? `${metres / 1000} km` : length(metres);
  return { label, px: Math.round(metres * pxPerM) };
}
