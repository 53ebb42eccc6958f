"""The generator's promises, tested without a framework: `python test_generator.py` prints what failed and exits with 1."""

from __future__ import annotations

import unittest

import numpy as np

from clips import LAGS, SyntheticClip, motion, onto, relief
from patches import LIMIT, SIDE, synthetic
from train import truth


class Generator(unittest.TestCase):
    def test_the_same_seed_gives_the_same_bytes_in_any_order_of_frames(self):
        for seed in (3, 4, 12):
            first, second = SyntheticClip(seed), SyntheticClip(seed)
            forward = [first.frame(number)[0] for number in (0, 5, 9)]
            backward = [second.frame(number)[0] for number in (9, 5, 0)][::-1]
            for one, other in zip(forward, backward):
                np.testing.assert_array_equal(one, other)

    def test_another_seed_gives_another_scene(self):
        self.assertTrue((SyntheticClip(3).frame(0)[0] != SyntheticClip(4).frame(0)[0]).any())

    def test_pools_are_the_same_for_the_same_seed(self):
        one, other = synthetic(24, 7), synthetic(24, 7)
        for key in one:
            np.testing.assert_array_equal(one[key], other[key])
        self.assertEqual(one["pictures"].shape[1:], (SIDE, SIDE, 3))
        self.assertEqual(one["boxes"].shape[1:], (LIMIT, 6))

    def test_a_lesson_shows_the_same_scene_and_more_drones_at_most(self):
        for seed in range(12):
            measured, lesson = SyntheticClip(seed), SyntheticClip(seed, lesson=True)
            added = len(lesson.targets) - len(measured.targets)
            self.assertIn(added, (0, 1))
            del lesson.targets[len(measured.targets) :]
            np.testing.assert_array_equal(measured.frame(7)[0], lesson.frame(7)[0])

    def test_what_burnt_in_marks_hide_is_measured_but_not_taught(self):
        hidden = 0
        for seed in range(200):
            measured, lesson = SyntheticClip(seed), SyntheticClip(seed, lesson=True)
            for one, other in zip(measured.frame(7)[1], lesson.frame(7)[1]):
                self.assertEqual((one.x, one.y, one.hidden), (other.x, other.y, other.hidden))
                hidden += one.hidden and one.clear
                self.assertFalse(other.hidden and other.clear)
        self.assertGreater(hidden, 0)

    def test_a_known_motion_lays_the_older_frame_on_the_newer(self):
        clip = SyntheticClip(11, populated=False)
        clip.overlay.marks, clip.overlay.lines = [], []
        newer, older = clip.frame(20)[0], clip.frame(14)[0]
        moved = onto(newer, older, clip.step(20, 14)).astype(int)
        self.assertLessEqual(np.abs(moved - newer).mean(), np.abs(older.astype(int) - newer).mean() + 0.5)

    def test_registration_finds_a_shift(self):
        rng = np.random.default_rng(1)
        world = SyntheticClip(2, size=(320, 256), kind="masts", populated=False).frame(0)[0]
        world = np.clip(world + rng.normal(0, 1, world.shape), 0, 255).astype(np.uint8)
        step = motion(relief(world[8:-8, 13:-3]), relief(world[8:-8, 8:-8]))
        np.testing.assert_allclose(step[:, 2], (-5, 0), atol=0.4)

    def test_every_clear_box_has_its_summit_in_the_heat(self):
        pool = synthetic(40, 50)
        heat, _, labels, _, near = truth(pool["boxes"], SIDE)
        for index, table in enumerate(pool["boxes"]):
            for label, x, y, _, _, clear in table:
                if label >= 0 and clear:
                    cell = int(y / 4), int(x / 4)
                    self.assertEqual(heat[index, 0][cell], 1.0)
                    self.assertGreaterEqual(labels[index][cell], 0)
                    self.assertEqual(near[index, 0][cell], 1.0)

    def test_lags_are_those_the_program_uses(self):
        self.assertEqual(LAGS, (0, 3, 6))


if __name__ == "__main__":
    unittest.main()
