"""Small things in the sky: drones, birds, aircraft and others, as a few shapes with a phase, drawn with exact coverage.

Duty: given a seed, a target's path, and its picture and box at any frame number.
Terms: a shape is a polygon in units of the target's largest extent, x to the right, y down, with a `gain` by which
the target's contrast against its background is multiplied there; sizes and positions are screen pixels.
Never: knows the camera; `scene` says where the world lies on the screen.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

CLASSES = ("drone", "bird", "aircraft", "other")
DRONE, BIRD, AIRCRAFT, OTHER = range(4)
FINE = 6
"""Sub-pixels per pixel when a target is drawn: the coverage of an edge is exact to 1/36."""

MARGIN = 1.0
"""Pixels of air around a target in its box, as people draw boxes around blurred things."""


@dataclass
class Shape:
    points: np.ndarray
    gain: float
    opacity: float = 1.0


def ellipse(x, y, wide, high, gain, opacity=1.0, tilt=0.0) -> Shape:
    angle = np.linspace(0, 2 * np.pi, 17)[:-1]
    points = np.stack([wide / 2 * np.cos(angle), high / 2 * np.sin(angle)], 1)
    cosine, sine = np.cos(tilt), np.sin(tilt)
    return Shape(points @ np.array([[cosine, sine], [-sine, cosine]]) + (x, y), gain, opacity)


def bar(x0, y0, x1, y1, thick, gain, opacity=1.0) -> Shape:
    start, end = np.array([x0, y0]), np.array([x1, y1])
    along = (end - start) / (np.linalg.norm(end - start) + 1e-9)
    across = np.array([-along[1], along[0]]) * thick / 2
    return Shape(np.array([start - across, start + across, end + across, end - across]), gain, opacity)


class Form:
    """How a kind of target looks: its class and its shapes at a phase. Drawn once per target."""

    def __init__(self, rng: np.random.Generator, label: int, infrared: bool):
        self.label, self.infrared = label, infrared
        self.kind = {
            DRONE: ("quad", "quad", "quad", "above", "wing", "hexa", "lift"),
            BIRD: ("bird",),
            AIRCRAFT: ("airliner", "light", "helicopter", "contrail"),
            OTHER: ("insect", "balloon", "debris"),
        }[label][int(rng.integers({DRONE: 7, BIRD: 1, AIRCRAFT: 4, OTHER: 3}[label]))]
        self.r = rng.uniform(0, 1, 16)
        self.rate = {BIRD: rng.uniform(0.4, 2.5), OTHER: rng.uniform(1, 3)}.get(label, rng.uniform(0, 6.3))
        self.glide = rng.random() < 0.25
        self.hot = 1.5 if infrared else 0.6

    def shapes(self, frame: float) -> list[Shape]:
        return getattr(self, "_" + self.kind)(frame)

    def _spin(self, frame, index):
        return 0.35 + 0.65 * abs(np.cos(2.1 * frame * (1 + 0.3 * self.r[15]) + index))

    def _quad(self, frame):
        r = self.r
        high, body = 0.10 + 0.25 * r[0], 0.25 + 0.25 * r[1]
        parts = [ellipse(0, 0.02, body, high, 0.8), ellipse(0.02, high * 0.5, body * 0.5, high * 0.7, 0.4 + r[2])]
        for index, x in enumerate((-0.42, -0.3 * r[3] - 0.1, 0.3 * r[4] + 0.1, 0.42)):
            y = -0.05 - 0.12 * r[5] + (0.06 if index in (1, 2) else 0)
            parts.append(bar(0, 0, x, y, 0.05, 0.6))
            parts.append(ellipse(x, y, 0.07, 0.09, self.hot))
            if r[6] < 0.7:
                parts.append(ellipse(x, y - 0.05, 0.30 * self._spin(frame, index), 0.03, 0.5, 0.5))
        if r[7] < 0.6:
            for side in (-1, 1):
                parts.append(bar(side * 0.1, 0.05, side * (0.15 + 0.1 * r[8]), 0.15 + 0.15 * r[9], 0.035, 0.5))
        return parts + [ellipse(0, 0.0, 0.15, 0.1, self.hot * r[10])]

    def _arms(self, frame, count):
        parts = [ellipse(0, 0, 0.3 + 0.15 * self.r[0], 0.28, 0.9)]
        for index in range(count):
            angle = 2 * np.pi * (index + 0.5) / count + self.r[1]
            x, y = 0.36 * np.cos(angle), 0.36 * np.sin(angle) * (0.35 + 0.65 * self.r[2])
            parts += [bar(0, 0, x, y, 0.06, 0.7), ellipse(x, y, 0.09, 0.09, self.hot)]
            disc = 0.28 * (0.7 + 0.3 * self._spin(frame, index))
            parts.append(ellipse(x, y, disc, disc * (0.35 + 0.65 * self.r[2]), 0.5, 0.35))
        return parts

    def _above(self, frame):
        return self._arms(frame, 4)

    def _hexa(self, frame):
        return self._arms(frame, 6 if self.r[3] < 0.7 else 8)

    def _wing(self, frame):
        r, tilt = self.r, 0.3 * (self.r[5] - 0.5)
        sweep = 0.15 * r[0]
        parts = [bar(-0.5, sweep + tilt, 0, 0, 0.05 + 0.05 * r[1], 0.8), bar(0, 0, 0.5, sweep - tilt, 0.05 + 0.05 * r[1], 0.8)]
        parts.append(ellipse(0, 0.02, 0.10 + 0.25 * r[2], 0.09 + 0.08 * r[3], 1.0))
        if r[4] < 0.5:
            parts += [bar(0, 0, 0.25 * r[6], -0.15, 0.04, 0.7), ellipse(0.25 * r[6], -0.15, 0.2, 0.04, 0.7)]
        return parts + [ellipse(0.05, 0, 0.08, 0.08, self.hot)]

    def _lift(self, frame):
        """A fixed wing with rotors on booms."""
        parts = self._wing(frame)
        for x in (-0.28, 0.28):
            parts.append(bar(x, -0.1, x, 0.12, 0.04, 0.6))
            parts.append(ellipse(x, -0.1, 0.22 * self._spin(frame, x), 0.03, 0.5, 0.5))
        return parts

    def _bird(self, frame):
        r = self.r
        angle = 0.15 if self.glide else 0.9 * np.sin(self.rate * frame + 6.3 * r[0]) + 0.15
        near, far = 0.25, 0.25
        elbow_y, tip_y = -near * np.sin(angle), -near * np.sin(angle) - far * np.sin(angle * (0.3 + r[1]))
        parts = []
        for side in (-1, 1):
            elbow_x = side * near * np.cos(angle)
            tip_x = elbow_x + side * far * np.cos(angle * (0.3 + r[1]))
            parts.append(bar(0, 0, elbow_x, elbow_y, 0.10 + 0.06 * r[2], 0.8))
            parts.append(bar(elbow_x, elbow_y, tip_x, tip_y, 0.05 + 0.06 * r[2], 0.6))
        parts.append(ellipse(0, 0.02, 0.18 + 0.25 * r[3], 0.12 + 0.06 * r[4], 1.0, 1.0, 0.5 * (r[5] - 0.5)))
        return parts

    def _airliner(self, frame):
        r = self.r
        parts = [ellipse(0, 0, 1.0, 0.10 + 0.04 * r[0], 1.0), bar(-0.05, 0, -0.25 - 0.2 * r[1], 0.10 + 0.3 * r[2], 0.09, 0.7)]
        parts += [bar(0.05, 0, -0.2, -0.3 * r[3], 0.07, 0.6), bar(-0.42, 0, -0.49, -0.18, 0.09, 0.9)]
        parts.append(ellipse(-0.12, 0.08, 0.14, 0.06, self.hot))
        return parts

    def _light(self, frame):
        r = self.r
        parts = [bar(-0.5, 0, 0.5, 0, 0.06, 0.8), ellipse(0, 0.05, 0.16 + 0.4 * r[0], 0.14, 1.0)]
        return parts + [bar(-0.15, 0.08, -0.2 - 0.2 * r[0], -0.08, 0.05, 0.7), ellipse(0.05, 0.06, 0.1, 0.08, self.hot)]

    def _helicopter(self, frame):
        r = self.r
        parts = [ellipse(0.1, 0.05, 0.42, 0.22, 1.0), bar(0.0, 0.02, -0.45, -0.02, 0.06, 0.8), bar(-0.45, -0.12, -0.45, 0.06, 0.05, 0.7)]
        parts.append(ellipse(0.1, -0.12, 0.8 * (0.5 + 0.5 * self._spin(frame, 0)), 0.03, 0.6, 0.6))
        return parts + [ellipse(0.05, -0.04, 0.16, 0.1, self.hot), bar(-0.05, 0.2, 0.25, 0.2, 0.03, 0.6 * r[0])]

    def _contrail(self, frame):
        return [ellipse(0, 0, 0.3, 0.12, 1.0), bar(-0.15, 0, -0.5, 0.05 * self.r[0], 0.08, 0.5, 0.5)]

    def _insect(self, frame):
        flutter = 0.4 + 0.6 * abs(np.sin(self.rate * frame))
        return [ellipse(0, 0, 0.9, 0.4 + 0.4 * flutter, 0.6, 0.25), ellipse(0, 0, 0.55, 0.3, 1.0, 0.45)]

    def _balloon(self, frame):
        high = 0.8 + 0.2 * self.r[0]
        return [ellipse(0, -0.1, high * (0.6 + 0.4 * self.r[1]), high, 0.9), ellipse(-0.1, -0.2, 0.2, 0.2, 1.4), bar(0, 0.3, 0, 0.5, 0.05, 0.4)]

    def _debris(self, frame):
        turn = self.rate * frame * 0.3
        wide = abs(np.cos(turn)) * 0.8 + 0.2
        return [ellipse(0, 0, wide, 0.2 + 0.5 * self.r[0], 0.5 + abs(np.sin(turn)), 1.0, turn * 0.2)]


@dataclass
class Box:
    """A box on the screen: left, top, width, height in pixels, and what it holds; `clear` is false where it is too faint.

    Of a drawn target, not of a stamped one, is known more: `ratio`, its signal to noise ratio; where it is clear, `levels`,
    how many grey levels it changes the picture by at most; and `hidden`, whether burnt-in marks lie over it.
    """

    label: int
    x: float
    y: float
    width: float
    height: float
    clear: bool = True
    levels: float = 0.0
    ratio: float = 0.0
    hidden: bool = False


class Target:
    """One flying thing: a form, a size, a contrast and a path over the world canvas."""

    def __init__(self, rng, label, place, infrared, size=None, contrast=None, velocity=None):
        self.form = Form(rng, label, infrared)
        smallest, largest = {DRONE: (3.0, 40.0), BIRD: (3.0, 40.0), AIRCRAFT: (6.0, 60.0), OTHER: (3.0, 30.0)}[label]
        self.size = size or float(np.exp(rng.uniform(np.log(smallest), np.log(largest) if rng.random() < 0.5 else np.log(16.0))))
        self.place = np.array(place, float)
        speed = {DRONE: rng.choice([0.0, 0.5, 1.5, 3.0]), BIRD: rng.choice([0.7, 2.0, 4.0]), AIRCRAFT: 0.8, OTHER: 5.0}[label]
        self.velocity = np.array(velocity if velocity is not None else rng.normal(0, 1, 2) * speed)
        self.wobble, self.wobble_rate = rng.uniform(0, 0.5), rng.uniform(0.02, 0.5)
        upward = rng.random() < (0.88 if infrared else 0.25)
        strength = contrast or float(np.exp(rng.uniform(np.log(0.05), np.log(0.7))))
        self.contrast = strength if upward else -strength
        self.tilt = rng.normal(0, 0.15) if label != OTHER else rng.uniform(0, 6.3)
        self.mirror = 1.0 if rng.random() < 0.5 else -1.0
        self.exposure = rng.uniform(0.05, 0.6)

    def world(self, frame: float) -> np.ndarray:
        swing = self.wobble * np.array([np.sin(self.wobble_rate * frame), np.cos(0.7 * self.wobble_rate * frame)])
        return self.place + self.velocity * frame + swing

    def draw(self, screen: np.ndarray, view: np.ndarray, frame: int) -> Box | None:
        """Paints the target into the screen image in place; its box, or none where it is off the screen."""
        centre = view[:, :2] @ self.world(frame) + view[:, 2]
        streak = view[:, :2] @ self.velocity * self.exposure
        half = int(np.ceil(self.size * 0.75 + np.abs(streak).max() / 2)) + 2
        left, top = int(np.floor(centre[0])) - half, int(np.floor(centre[1])) - half
        side = 2 * half + 1
        height, width = screen.shape
        if left + side <= 0 or top + side <= 0 or left >= width or top >= height:
            return None
        paint, cover = self._paint(frame, centre - (left, top), streak, side)
        x0, y0, x1, y1 = max(0, left), max(0, top), min(width, left + side), min(height, top + side)
        area = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
        cut = screen[y0:y1, x0:x1]
        level = float(cut.mean())
        opaque = cover[area]
        cut[...] = cut * (1 - opaque) + level * opaque + self.contrast * paint[area]
        rows, columns = np.nonzero(cover > 0.15 * cover.max())
        inside = (x0 <= left + columns.mean() < x1) and (y0 <= top + rows.mean() < y1)
        if not inside:
            return None
        wide, high = np.ptp(columns) + 1.0 + 2 * MARGIN, np.ptp(rows) + 1.0 + 2 * MARGIN
        return Box(self.form.label, left + columns.min() - MARGIN, top + rows.min() - MARGIN, wide, high)

    def _paint(self, frame, centre, streak, side):
        steps = 1 + int(np.clip(np.hypot(*streak) * 1.5, 0, 9))
        paint = np.zeros((side, side), np.float32)
        cover = np.zeros((side, side), np.float32)
        cosine, sine = np.cos(self.tilt), np.sin(self.tilt)
        turn = self.size * np.array([[cosine * self.mirror, sine], [-sine * self.mirror, cosine]])
        shapes = self.form.shapes(frame)
        for step in range(steps):
            offset = centre + streak * ((step + 0.5) / steps - 0.5)
            fine_paint = np.zeros((side * FINE, side * FINE), np.float32)
            fine_cover = np.zeros_like(fine_paint)
            for shape in shapes:
                points = ((shape.points @ turn + offset + 0.5) * FINE * 16).round().astype(np.int32)
                if shape.opacity >= 1.0:
                    cv2.fillPoly(fine_paint, [points], float(shape.gain), shift=4)
                    cv2.fillPoly(fine_cover, [points], 1.0, shift=4)
                else:
                    mask = np.zeros_like(fine_paint)
                    cv2.fillPoly(mask, [points], float(shape.opacity), shift=4)
                    fine_paint = fine_paint * (1 - mask) + mask * shape.gain
                    fine_cover = np.maximum(fine_cover, mask)
            paint += cv2.resize(fine_paint, (side, side), interpolation=cv2.INTER_AREA) / steps
            cover += cv2.resize(fine_cover, (side, side), interpolation=cv2.INTER_AREA) / steps
        return paint, cover
