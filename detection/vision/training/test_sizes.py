"""What `sizes` promises, tested without a framework: `python test_sizes.py` prints what failed and exits with 1."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

from evaluate import Detector
from export import export
from patches import SIDE, synthetic
from rebuild import START
from sizes import teach_sizes


class Sizes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        graph = Path(cls.folder.name) / "graph.onnx"
        export({name: torch.from_numpy(value).float() for name, value in np.load(START).items()}, graph)
        cls.pool = synthetic(120, 41)
        cls.pool["boxes"][..., 3:5] *= 2.0
        cls.before = cls.peaks(graph)
        teach_sizes(graph, cls.pool)
        cls.after = cls.peaks(graph)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def peaks(cls, graph: Path) -> np.ndarray:
        detector = Detector(graph)
        return np.stack([detector.peaks(picture) for picture in cls.pool["pictures"]])

    def test_centres_and_scores_stay_the_same_to_the_bit(self):
        np.testing.assert_array_equal(self.before[..., :2], self.after[..., :2])
        np.testing.assert_array_equal(self.before[..., 4:], self.after[..., 4:])

    def test_sizes_become_those_of_the_pool(self):
        ratios = []
        for before, after, boxes in zip(self.before, self.after, self.pool["boxes"]):
            for _, x, y, width, _, _ in boxes[(boxes[:, 0] >= 0) & (boxes[:, 5] > 0) & (boxes[:, 1:3] > 8).all(1) & (boxes[:, 1:3] < SIDE - 8).all(1)]:
                near = np.abs(before[:, :2] - (x, y)).max(1) < 3.0
                if near.any():
                    ratios.append((before[near][0][2] / width, after[near][0][2] / width))
        self.assertGreater(len(ratios), 20)
        taught_before, taught_after = np.median(ratios, 0)
        self.assertLess(taught_before, 0.8)
        self.assertAlmostEqual(float(taught_after), 1.0, delta=0.15)


if __name__ == "__main__":
    unittest.main()
