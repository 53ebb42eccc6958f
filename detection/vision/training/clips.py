"""Clips with known truth, synthetic and real, and the network's input cut from them.

Terms: a triple is the frames t, t-3 and t-6, the older two moved onto the pixels of the first by the camera's motion;
where that looks outside the old frame, frame t's own pixel is repeated.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from scene import Backdrop
from sensor import Overlay, Sensor
from targets import AIRCRAFT, BIRD, DRONE, MARGIN, OTHER, Box, Target

LAGS = (0, 3, 6)
STILL = 2.0
"""Pixels in six frames: what moves less against the scene is as still as the scene."""
SIGNAL_MIN = 6.0
"""The signal to noise ratio from which a target counts, and the grey levels that it must change."""
LEVELS_MIN = 4.0


HIDDEN = 0.35
"""The share of a target that burnt-in marks may cover before it is taught as neither there nor absent."""


def texture_noise(deviation: float, still: bool) -> float:
    """What texture of this deviation counts as noise for a target that is, or is not, as still as it."""
    return (2.5 if still else 0.5) * deviation


class SyntheticClip:
    """A scene, its targets and the camera that sees it, all drawn from one seed.

    A `lesson` differs from what is measured, which stays as it was: what burnt-in marks hide and what is no plainer than
    the waves around it is not clear, drones hover more often, and the registration also errs as real ones do: it follows a
    layer that is nearer than the far sky, or fails.
    """

    def __init__(self, seed: int, size=(224, 224), margin: int = 40, kind=None, populated: bool | None = None, lesson: bool = False):
        rng = np.random.default_rng([20260, seed])
        self.size, self.margin = size, margin
        self.backdrop = Backdrop(rng, size, margin, kind)
        self.sensor = Sensor(rng, size, self.backdrop.infrared)
        self.overlay = Overlay(rng, size)
        self.targets: list[Target] = []
        if populated if populated is not None else rng.random() < 0.7:
            self._populate(rng)
        self.lesson = lesson
        if lesson:
            self._hover(np.random.default_rng([20261, seed]))

    def _hover(self, rng):
        if rng.random() < 0.25:
            place = rng.uniform(0.04, 0.96, 2) * self.size + self.margin
            extent = float(np.exp(rng.uniform(np.log(4.0), np.log(20.0))))
            self.targets.append(Target(rng, DRONE, place, self.backdrop.infrared, extent, velocity=(0.0, 0.0)))

    def _populate(self, rng):
        infrared, (width, height) = self.backdrop.infrared, self.size
        if rng.random() < 0.10:
            centre, spread = rng.uniform(0.2, 0.8, 2) * self.size, rng.uniform(10, 60)
            speed, size, strength = rng.normal(0, 2, 2), rng.uniform(3, 12), rng.uniform(0.08, 0.5)
            for _ in range(int(rng.integers(5, 40))):
                place = centre + rng.normal(0, spread, 2) * (1.6, 0.7) + self.margin
                velocity = speed + rng.normal(0, 0.2, 2)
                self.targets.append(Target(rng, BIRD, place, infrared, size * rng.uniform(0.8, 1.25), strength, velocity))
        for _ in range(int(rng.choice([1, 2, 3, 4]))):
            label = int(rng.choice([DRONE, BIRD, AIRCRAFT, OTHER], p=(0.55, 0.23, 0.12, 0.10)))
            place = rng.uniform(0.04, 0.96, 2) * (width, height) + self.margin
            self.targets.append(Target(rng, label, place, infrared))

    def frame(self, number: int) -> tuple[np.ndarray, list[Box]]:
        """The eight-bit picture at this frame number and the boxes in it."""
        scene, self.ground = self.backdrop.at(number)
        bare = scene.copy()
        view = self.backdrop.camera.world_to_screen(number, self.size, self.margin)
        boxes = []
        for target in self.targets:
            box = target.draw(scene, view, number)
            if box is not None:
                moved = float(np.linalg.norm(target.world(number) - target.world(number - LAGS[-1])))
                drifts = self.lesson and self.backdrop.sea is not None and target.world(number)[1] > self.backdrop.horizon
                box.clear = self._stands_out(box, moved, drifts, scene, bare, number)
                boxes.append(box)
        self._hide(boxes, number)
        return self.sensor.expose(scene, number, self.overlay), boxes

    def _hide(self, boxes: list[Box], number: int):
        """Marks what burnt-in marks cover; in a lesson that is not clear."""
        cover = self.overlay.cover(self.size[::-1], number)
        for box in boxes if cover is not None else ():
            left, top = max(0, int(box.x + MARGIN)), max(0, int(box.y + MARGIN))
            right, bottom = int(np.ceil(box.x + box.width - MARGIN)), int(np.ceil(box.y + box.height - MARGIN))
            box.hidden = bool(cover[top : max(bottom, top + 1), left : max(right, left + 1)].mean() >= HIDDEN)
            box.clear &= not (self.lesson and box.hidden)

    def _stands_out(self, box: Box, moved: float, drifts: bool, scene: np.ndarray, bare: np.ndarray, number: int) -> bool:
        """Whether what the target changes in the picture is above noise, texture and compression.

        The measure is the matched filter's signal to noise ratio, with the texture's deviation counted as noise: half of
        it where motion tells the target from still texture (twice that where the texture drifts), all and more where the
        target stands as still as a lamp. A thing that stands still before the ground is a spot on the ground by all that
        can be seen. Of the change, two fifths must survive eight bits and compression.
        """
        still = moved <= STILL
        x, y = int(box.x + box.width / 2), int(box.y + box.height / 2)
        if still and self.ground[min(max(y, 0), self.size[1] - 1), min(max(x, 0), self.size[0] - 1)] > 0.5:
            return False
        reach = int(max(box.width, box.height)) + 4
        # Compression works on squares of eight pixels, counted from the picture's corner.
        top, left = max(0, (y - reach) // 8 * 8), max(0, (x - reach) // 8 * 8)
        window = (slice(top, y + reach + 1), slice(left, x + reach + 1))
        with_it, without = self.sensor.seen(scene[window]), self.sensor.seen(bare[window])
        change = with_it - without
        texture = texture_noise(without.std(), still) * (2.0 if drifts and not still else 1.0)
        disturbance = np.hypot(self.sensor.noise * self.sensor.gain, texture) + 0.002
        box.ratio = float(np.sqrt((change**2).sum())) / disturbance
        if box.ratio <= SIGNAL_MIN or float(np.abs(change).max()) * 255.0 < LEVELS_MIN:
            return False
        noise = np.random.default_rng([self.sensor.seed, number + (1 << 20), top, left]).standard_normal(change.shape, np.float32)
        after = self.sensor.recorded(with_it, noise).astype(np.float32) - self.sensor.recorded(without, noise)
        survives = float((after * change).sum() / (change**2).sum()) / 255.0
        box.levels = float(np.abs(after).max())
        return survives > 0.4 and box.levels >= LEVELS_MIN

    def step(self, newer: int, older: int, parallax: float = 1.0) -> np.ndarray:
        """The affine that takes pixels of the older frame to pixels of the newer: the true motion of what moves by this
        parallax, which is 1 for the far backdrop."""
        views = [self.backdrop.camera.world_to_screen(n, self.size, self.margin, parallax) for n in (newer, older)]
        new, old = (np.vstack([view, [0, 0, 1]]) for view in views)
        return (new @ np.linalg.inv(old))[:2]

    def triple(self, number: int, rng: np.random.Generator) -> tuple[np.ndarray, list[Box]]:
        """The registered triple, height x width x 3, with the errors that a registration makes."""
        picture, boxes = self.frame(number)
        planes = [picture]
        sloppy = rng.choice([0.08, 0.25, 0.7, 1.8], p=(0.3, 0.4, 0.22, 0.08))
        lost = rng.random()
        followed, fails = 1.0, False
        if self.lesson:
            followed = self.backdrop.layers[int(rng.integers(len(self.backdrop.layers)))].parallax if rng.random() < 0.4 else 1.0
            fails = rng.random() < 0.04
        for lag in LAGS[1:]:
            if lost < 0.03:
                planes.append(picture.copy())
                continue
            step = np.eye(2, 3) if fails else self.step(number, number - lag, followed)
            step[:, 2] += rng.normal(0, sloppy, 2)
            angle = rng.normal(0, 0.0004)
            step[:, :2] = step[:, :2] @ np.array([[1, -angle], [angle, 1]])
            planes.append(onto(picture, self.frame(number - lag)[0], step))
        return np.stack(planes, -1), boxes


def onto(newer: np.ndarray, older: np.ndarray, step: np.ndarray) -> np.ndarray:
    """The older frame on the newer's pixels; where the older does not reach, the newer's own."""
    size = (newer.shape[1], newer.shape[0])
    return cv2.warpAffine(older, step, size, dst=newer.copy(), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)


def relief(picture: np.ndarray) -> np.ndarray:
    """Fine structure alone, limited, so that neither gain control nor burnt-in marks rule the registration."""
    fine = picture.astype(np.float32) - cv2.blur(picture, (25, 25)).astype(np.float32)
    return (np.clip(cv2.GaussianBlur(fine, (0, 0), 1.0), -30, 30) * 4 + 128).astype(np.uint8)


def motion(newer: np.ndarray, older: np.ndarray) -> np.ndarray:
    """A quick registration of two reliefs: corners from every part, optical flow, the affine most of them agree on.

    Phase correlation gives the first guess, for a pan can be faster than optical flow follows. Burnt-in marks do not
    move with the world, so the corners that moved are asked first. Of the answers, and standing still, the one stands
    that leaves the least difference.
    """
    height, width = older.shape
    found = []
    for top in range(0, height, height // 4):
        for left in range(0, width, width // 5):
            tile = older[top : top + height // 4, left : left + width // 5]
            corners = cv2.goodFeaturesToTrack(tile, 14, 0.03, 7)
            if corners is not None:
                found.append(corners.reshape(-1, 2) + np.float32((left, top)))
    still, slid = np.eye(2, 3), np.eye(2, 3)
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    slide, _ = cv2.phaseCorrelate(np.float32(older), np.float32(newer), window)
    slid[:, 2] = slide
    answers = [still, slid]
    if not found:
        return still
    corners = np.concatenate(found).astype(np.float32)
    guess = corners + np.float32(min(answers, key=lambda step: misfit(newer, older, step))[:, 2])
    flags = cv2.OPTFLOW_USE_INITIAL_FLOW
    moved, good, _ = cv2.calcOpticalFlowPyrLK(older, newer, corners, guess, winSize=(21, 21), maxLevel=3, flags=flags, minEigThreshold=3e-3)
    good = good.ravel() == 1
    going = good & (np.abs(moved - corners).max(1) > 0.35)
    for kept in (going, good):
        if kept.sum() >= 12:
            step, _ = cv2.estimateAffinePartial2D(corners[kept], moved[kept], ransacReprojThreshold=0.8, confidence=0.999)
            if step is not None and np.abs(step[:, :2] - still[:, :2]).max() < 0.05:
                answers.append(step)
    return min(answers, key=lambda step: misfit(newer, older, step))


def misfit(newer: np.ndarray, older: np.ndarray, step: np.ndarray) -> float:
    """The mean difference that this motion leaves, each pixel's limited."""
    apart = cv2.absdiff(onto(newer, older, step), newer)[8:-8, 8:-8]
    return float(np.minimum(apart, 50).mean())


class RealClip:
    """A recorded clip with one annotated box a frame."""

    def __init__(self, path: Path):
        source = cv2.VideoCapture(str(path))
        frames = []
        while True:
            good, picture = source.read()
            if not good:
                break
            frames.append(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
        if not frames:
            raise SystemExit(f"{path}: no frame could be read")
        self.name, self.frames = path.stem, frames
        self.boxes = np.loadtxt(path.with_name(path.stem + ".gt.txt"), ndmin=2)
        reliefs = [relief(frame) for frame in frames]
        self.motions = [np.eye(2, 3)] + [motion(new, old) for old, new in zip(reliefs, reliefs[1:])]

    def step(self, newer: int, older: int) -> np.ndarray:
        total = np.eye(3)
        for number in range(older + 1, newer + 1):
            total = np.vstack([self.motions[number], [0, 0, 1]]) @ total
        return total[:2]

    def triple(self, number: int, rng: np.random.Generator | None = None) -> np.ndarray:
        """The registered triple; with a generator, the registration is a little disturbed."""
        picture = self.frames[number]
        planes = [picture]
        for lag in LAGS[1:]:
            older = number - lag
            if older < 0:
                planes.append(picture)
                continue
            step = self.step(number, older)
            if rng is not None:
                step[:, 2] += rng.normal(0, rng.choice([0.0, 0.2, 0.6]), 2)
            planes.append(onto(picture, self.frames[older], step))
        return np.stack(planes, -1)
