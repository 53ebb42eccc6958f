"""Contact sheets of the generator's scenes, for the eye: `python look.py OUT.png [first seed]`."""
import sys
import cv2
import numpy as np
from clips import SyntheticClip
COLOURS = ((0, 255, 0), (0, 200, 255), (255, 120, 0), (255, 0, 255))
def main(out, first):
    tiles = []
    for seed in range(first, first + 40):
        clip = SyntheticClip(seed)
        triple, boxes = clip.triple(20, np.random.default_rng(seed))
        view = cv2.cvtColor(triple[..., 0], cv2.COLOR_GRAY2BGR)
        for box in boxes:
            corner = (int(box.x) - 2, int(box.y) - 2)
            cv2.rectangle(view, corner, (int(box.x + box.width) + 1, int(box.y + box.height) + 1), COLOURS[box.label] if box.clear else (0,0,255), 1)
        tiles.append(view)
    cv2.imwrite(out, np.vstack([np.hstack(tiles[row : row + 8]) for row in range(0, 40, 8)]))
if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
