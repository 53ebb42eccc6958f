"""A synthetic scene before a camera: layers at several depths, seen by a moving camera.

Duty: given a seed, make the screen image of any frame number, and the camera's motion, both exactly known.
Terms: `world` is a canvas of angle, in screen pixels at zoom 1, larger than the screen by a margin on every side;
a layer is a picture on that canvas with its own transparency and its own parallax; intensities are 0..1.
Limits: flat layers, no perspective but the sea's; the camera shifts, rolls and zooms a little.
Never: reads a file or a clock. The same seed gives the same bytes, whatever frames are asked for, in any order.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

BACKDROPS = ("sky", "cloud", "sea", "ridge", "roofs", "masts", "trees")


def noise(rng: np.random.Generator, height: int, width: int, coarsest: float, octaves: int, fall: float = 0.55):
    """Fractal noise of zero mean and unit deviation; `coarsest` is the largest blob in pixels."""
    total = np.zeros((height, width), np.float32)
    size, gain = float(coarsest), 1.0
    for _ in range(octaves):
        rows, columns = max(2, int(height / size) + 2), max(2, int(width / size) + 2)
        grid = rng.standard_normal((rows, columns)).astype(np.float32)
        total += gain * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        size, gain = size / 2.0, gain * fall
        if size < 1.0:
            break
    total -= total.mean()
    return total / (total.std() + 1e-6)


def swell(rng: np.random.Generator, side: int, longest: float, fall: float, across: float):
    """Noise that repeats after `side` pixels, its crests `across` times as wide as deep; unit deviation."""
    rows = np.fft.fftfreq(side)[:, None]
    columns = np.fft.rfftfreq(side)[None, :] * across
    pitch = np.hypot(rows, columns)
    strength = np.where(pitch < 1.0 / longest, 0.0, np.maximum(pitch, 1e-6) ** -fall)
    phase = rng.uniform(0, 2 * np.pi, strength.shape)
    surface = np.fft.irfft2(strength * np.exp(1j * phase), (side, side)).astype(np.float32)
    return surface / (surface.std() + 1e-9)


@dataclass
class Layer:
    """A still picture on the world canvas: intensity, opacity 0..1, and how much faster than the far sky it moves."""

    intensity: np.ndarray
    opacity: np.ndarray | None
    parallax: float
    sway: float = 0.0


@dataclass
class Camera:
    """Where the camera looks at each frame number: a slow oscillation in shift, roll and zoom, and a fast jitter."""

    amplitude: np.ndarray
    period: float
    phase: np.ndarray
    roll: float
    zoom: float
    jitter: float
    seed: int

    @staticmethod
    def drawn(rng: np.random.Generator, margin: float, still: float = 0.35) -> "Camera":
        moving = rng.random() >= still
        amplitude = rng.uniform(-1, 1, 2) * (margin - 10) * np.array([1.0, 0.45]) if moving else np.zeros(2)
        fastest = rng.choice([0.4, 1.5, 4.0])
        period = max(40.0, 2 * np.pi * float(np.abs(amplitude).max()) / fastest)
        return Camera(
            amplitude=amplitude,
            period=period,
            phase=rng.uniform(0, 2 * np.pi, 2),
            roll=float(rng.normal(0, 0.004)) if moving else 0.0,
            zoom=float(rng.normal(0, 0.01)) if moving else 0.0,
            jitter=float(rng.choice([0.0, 0.1, 0.6])) if moving else 0.0,
            seed=int(rng.integers(1 << 31)),
        )

    def shift(self, frame: float) -> np.ndarray:
        angle = 2 * np.pi * frame / self.period + self.phase
        shake = np.random.default_rng([self.seed, int(frame) + (1 << 20)]).normal(0, 1, 2)
        return self.amplitude * np.sin(angle) + self.jitter * shake

    def world_to_screen(self, frame: float, size: tuple[int, int], margin: int, parallax: float = 1.0) -> np.ndarray:
        """The 2x3 affine from world canvas to screen for a layer of this parallax."""
        width, height = size
        swing = np.sin(2 * np.pi * frame / self.period + self.phase[0])
        angle, scale = self.roll * swing, 1.0 + self.zoom * swing
        cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
        centre = np.array([width / 2.0, height / 2.0])
        turn = np.array([[cosine, -sine], [sine, cosine]])
        offset = centre + turn @ (-centre - margin - parallax * self.shift(frame))
        return np.hstack([turn, offset[:, None]]).astype(np.float64)


class Sea:
    """Waves below a horizon: two drifting textures squeezed towards the horizon, whose peaks glitter."""

    def __init__(self, rng: np.random.Generator, height: int, width: int, horizon: int):
        self.horizon, self.height, self.width = horizon, height, width
        side = 512
        coarse = float(rng.choice([24, 48, 96]))
        self.first = swell(rng, side, coarse, rng.uniform(1.2, 1.9), rng.uniform(1.0, 3.5))
        self.second = swell(rng, side, coarse * 0.7, rng.uniform(1.0, 1.8), rng.uniform(1.0, 3.0))
        depth = np.arange(max(1, height - horizon), dtype=np.float32) + 1.0
        steep = rng.uniform(0.3, 1.2)
        scale = 1.0 + steep * 60.0 / (depth + 8.0)
        rows = np.cumsum(scale * rng.uniform(1.0, 3.0)).astype(np.float32)
        columns = np.arange(width, dtype=np.float32) - width / 2
        stretch = np.maximum(scale, 1.0) * rng.uniform(0.5, 1.0)
        self.map_x = columns[None, :] * stretch[:, None].astype(np.float32) + side
        self.map_y = np.repeat(rows[:, None], width, 1)
        self.drift = rng.normal(0, 1.0, (2, 2)) * rng.choice([0.4, 1.5])
        self.base, self.slope = rng.uniform(0.15, 0.7), rng.normal(0, 0.1)
        self.rough = rng.uniform(0.01, 0.07)
        self.glitter = rng.uniform(0.0, 0.5) if rng.random() < 0.6 else 0.0
        self.rare = rng.uniform(1.6, 3.0)
        self.path = rng.uniform(0, width), rng.uniform(0.15, 2.0) * width
        self.haze = rng.uniform(5, 60)

    def at(self, frame: float) -> np.ndarray:
        waves = []
        for texture, drift in ((self.first, self.drift[0]), (self.second, self.drift[1])):
            x = np.float32(drift[0] * frame)
            y = np.float32(drift[1] * frame)
            waves.append(cv2.remap(texture, self.map_x + x, self.map_y + y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP))
        depth = np.linspace(0, 1, waves[0].shape[0], dtype=np.float32)[:, None]
        fade = 1.0 - np.exp(-np.arange(waves[0].shape[0], dtype=np.float32)[:, None] / self.haze)
        total = waves[0] + 0.8 * waves[1]
        picture = self.base + self.slope * depth + self.rough * total * (0.2 + fade)
        if self.glitter:
            across = np.exp(-(((np.arange(self.width) - self.path[0]) / self.path[1]) ** 2)).astype(np.float32)
            sparkle = np.clip(waves[0] * 0.8 + waves[1] * 0.8 - self.rare, 0, 1)
            picture += self.glitter * sparkle * across[None, :] * 2.0
        return picture.astype(np.float32)


class Backdrop:
    """Everything that is not a target: sky, sea, land, roofs, masts, trees, vessels; drawn once, seen at any frame."""

    def __init__(self, rng: np.random.Generator, size: tuple[int, int], margin: int, kind: str | None = None):
        self.size, self.margin = size, margin
        self.width, self.height = size[0] + 2 * margin, size[1] + 2 * margin
        self.kind = kind or str(rng.choice(BACKDROPS, p=(0.12, 0.17, 0.20, 0.16, 0.13, 0.11, 0.11)))
        self.infrared = bool(rng.random() < 0.6)
        self.camera = Camera.drawn(rng, margin)
        self.layers: list[Layer] = []
        self.sea: Sea | None = None
        self.lamps: list[tuple[float, float, float, float]] = []
        self._sky(rng)
        if self.kind == "sea":
            self.horizon = int(rng.uniform(-0.1, 0.85) * size[1]) + margin
            self.sea = Sea(rng, self.height, self.width, max(0, self.horizon))
            if rng.random() < 0.5:
                self._ridge(rng, self.horizon, low=True)
            for _ in range(int(rng.integers(0, 4))):
                self._vessel(rng)
        if self.kind in ("ridge", "roofs", "masts", "trees"):
            line = int(rng.uniform(0.25, 0.95) * size[1]) + margin
            if self.kind == "ridge" or rng.random() < 0.4:
                self._ridge(rng, line, low=False)
            if self.kind == "roofs":
                self._roofs(rng, line)
            if self.kind == "masts" or (self.kind != "sky" and rng.random() < 0.25):
                self._masts(rng)
            if self.kind == "trees" or rng.random() < 0.4:
                self._trees(rng, line + int(rng.uniform(0, 0.3) * size[1]))
        elif rng.random() < 0.12:
            self._masts(rng)

    def _sky(self, rng):
        rows = np.linspace(-0.5, 0.5, self.height, dtype=np.float32)[:, None]
        columns = np.linspace(-0.5, 0.5, self.width, dtype=np.float32)[None, :]
        level = rng.uniform(0.06, 0.6) if self.infrared else rng.uniform(0.25, 0.95)
        picture = level + rng.normal(0, 0.15) * rows + rng.normal(0, 0.05) * columns
        picture = picture + rng.uniform(0, 0.01) * noise(rng, self.height, self.width, 128, 3)
        if self.kind == "cloud" or (self.kind != "sky" and rng.random() < 0.4):
            cloud = noise(rng, self.height, self.width, rng.choice([60, 120, 240]), 7, rng.uniform(0.4, 0.62))
            edge = rng.uniform(0.8, 4.0)
            cover = 1.0 / (1.0 + np.exp(-edge * (cloud - rng.normal(0.2, 0.6))))
            shade = noise(rng, self.height, self.width, 40, 5, 0.5)
            picture = picture + cover * rng.normal(0, 0.16) + cover * shade * rng.uniform(0, 0.03)
        self.layers.append(Layer(picture.astype(np.float32), None, 1.0))
        self.level = level

    def _contrast(self, rng, low=0.05, high=0.5) -> float:
        """A level that stands off the sky's, usually warmer in infrared and darker in daylight."""
        step = rng.uniform(low, high)
        upward = rng.random() < (0.8 if self.infrared else 0.3)
        return float(np.clip(self.level + (step if upward else -step), 0.02, 1.0))

    def _outline(self, rng, line, reach, ragged):
        x = noise(rng, 2, self.width, rng.choice([80, 200, 400]), 8, rng.uniform(0.4, ragged))[0]
        return line + x * reach

    def _below(self, outline):
        rows = np.arange(self.height, dtype=np.float32)[:, None]
        return np.clip(rows - outline[None, :] + 0.5, 0, 1).astype(np.float32)

    def _ridge(self, rng, line, low):
        outline = self._outline(rng, line - (3 if low else 0), 3.0 if low else rng.uniform(4, 50), 0.6)
        texture = noise(rng, self.height, self.width, rng.choice([8, 20, 60]), 6, rng.uniform(0.5, 0.8))
        picture = (self._contrast(rng) + rng.uniform(0.005, 0.06) * texture).astype(np.float32)
        opacity = self._below(outline)
        if low:
            opacity *= (np.arange(self.height) < max(0, self.horizon) + 1)[:, None]
        self._spots(rng, picture)
        self.layers.append(Layer(picture.astype(np.float32), opacity, rng.uniform(1.0, 1.05)))

    def _trees(self, rng, line):
        outline = self._outline(rng, line, rng.uniform(5, 40), 0.8)
        leaves = noise(rng, self.height, self.width, rng.choice([10, 24]), 5, rng.uniform(0.6, 0.9))
        clump = noise(rng, self.height, self.width, 60, 3)
        picture = (self._contrast(rng) + rng.uniform(0.01, 0.09) * leaves + rng.uniform(0, 0.06) * clump).astype(np.float32)
        ragged = noise(rng, self.height, self.width, rng.choice([6, 14]), 4, 0.8)
        opacity = self._below(outline + rng.uniform(0, 5) * ragged.mean(0))
        band = np.clip((np.arange(self.height)[:, None] - outline[None, :]) / rng.uniform(4, 30), -4, 4)
        opacity = np.clip((band * 1.5 + 0.8 * ragged) * 3 + 0.5, 0, 1).astype(np.float32)
        self._spots(rng, picture)
        self.layers.append(Layer(picture.astype(np.float32), opacity, rng.uniform(1.0, 1.12), rng.choice([0, 0.3, 1.0])))

    def _roofs(self, rng, line):
        picture = np.zeros((self.height, self.width), np.float32)
        opacity = np.zeros_like(picture)
        x = -int(rng.uniform(0, 80))
        while x < self.width:
            wide, top = int(rng.uniform(25, 180)), int(line + rng.normal(0, 25))
            pitch = int(rng.uniform(0, 45)) if rng.random() < 0.6 else 0
            body = [(x, self.height), (x, top), (x + wide // 2, top - pitch), (x + wide, top), (x + wide, self.height)]
            for canvas, value in ((picture, self._contrast(rng, 0.02, 0.6)), (opacity, 1.0)):
                cv2.fillPoly(canvas, [np.array(body, np.int32)], float(value), cv2.LINE_AA)
            self._windows(rng, picture, x, top, wide)
            if rng.random() < 0.5:
                left, high = x + int(rng.uniform(0.1, 0.8) * wide), int(rng.uniform(4, 25))
                corners = (left, top - pitch // 2 - high), (left + int(rng.uniform(2, 12)), top)
                for canvas, value in ((picture, self._contrast(rng)), (opacity, 1.0)):
                    cv2.rectangle(canvas, *corners, float(value), -1)
            x += wide + int(rng.uniform(-10, 60))
        picture += opacity * rng.uniform(0, 0.02) * noise(rng, self.height, self.width, 20, 4)
        self._spots(rng, picture)
        self.layers.append(Layer(picture, opacity, rng.uniform(1.0, 1.1)))

    def _spots(self, rng, picture):
        """Gaps, lamps, stones, hot ends: small still things on the ground that are no targets."""
        crowd = self.width * self.height / 10_000 * rng.choice([0.0, 1.0, 4.0])
        for _ in range(int(rng.poisson(crowd))):
            centre = int(rng.uniform(0, self.width)), int(rng.uniform(0, self.height))
            axes = int(rng.uniform(0.6, 7)), int(rng.uniform(0.6, 5))
            value = picture[centre[1], centre[0]] + rng.normal(0, 0.2)
            cv2.ellipse(picture, centre, axes, rng.uniform(0, 180), 0, 360, float(value), -1, cv2.LINE_AA)

    def _windows(self, rng, picture, x, top, wide):
        step, high = int(rng.uniform(8, 24)), int(rng.uniform(3, 12))
        value = self._contrast(rng, 0.02, 0.6)
        for row in range(top + 6, self.height, step + high):
            for column in range(x + 4, x + wide - 6, step):
                if rng.random() < 0.6:
                    cv2.rectangle(picture, (column, row), (column + step // 2, row + high), float(value), -1)

    def _masts(self, rng):
        picture = np.zeros((self.height, self.width), np.float32)
        opacity = np.zeros_like(picture)
        value = self._contrast(rng, 0.1, 0.5)

        def line(start, end, thickness, level):
            for canvas, paint in ((picture, level), (opacity, 1.0)):
                ends = [tuple(int(round(v * 16)) for v in point) for point in (start, end)]
                cv2.line(canvas, *ends, float(paint), thickness, cv2.LINE_AA, 4)

        for _ in range(int(rng.integers(1, 4))):
            x, top, foot = rng.uniform(0, self.width), rng.uniform(0, 0.6) * self.height, self.height
            spread = rng.uniform(0, 20)
            if spread < 6:
                line((x, top), (x, foot), int(rng.integers(1, 7)), value)
            else:
                for side in (-1, 1):
                    line((x + side * spread * 0.3, top), (x + side * spread, foot), int(rng.integers(1, 3)), value)
                y, step = top, rng.uniform(6, 16)
                while y < foot:
                    half = spread * (0.3 + 0.7 * (y - top) / (foot - top + 1))
                    line((x - half, y), (x + half, y + step), 1, value)
                    line((x + half, y), (x - half, y + step), 1, value)
                    y += step
            for _ in range(int(rng.integers(0, 5))):
                y, half = top + rng.uniform(0, 0.4) * (foot - top), rng.uniform(4, 22)
                line((x - half, y), (x + half, y), int(rng.integers(1, 4)), value)
                for _ in range(int(rng.integers(0, 5))):
                    centre = (int(x + rng.uniform(-half, half)), int(y - rng.uniform(-4, 6)))
                    axes = (int(rng.uniform(1, 4)), int(rng.uniform(1, 6)))
                    bright = self._contrast(rng, 0.2, 0.7)
                    for canvas, paint in ((picture, bright), (opacity, 1.0)):
                        cv2.ellipse(canvas, centre, axes, 0, 0, 360, float(paint), -1, cv2.LINE_AA)
            if rng.random() < 0.4:
                far = rng.uniform(-1, 1) * self.width
                for sag in range(int(rng.integers(1, 4))):
                    line((x, top + 8 * sag), (x + far, top + 8 * sag + rng.normal(0, 30)), 1, value)
        self.layers.append(Layer(picture, opacity, rng.uniform(1.0, 1.12)))

    def _vessel(self, rng):
        """A boat on the sea: hull, cabin, mast; it belongs to the backdrop and must stay silent."""
        picture = np.zeros((self.height, self.width), np.float32)
        opacity = np.zeros_like(picture)
        length = rng.uniform(4, 70)
        x, y = rng.uniform(0, self.width), rng.uniform(max(0, self.horizon), self.height)
        parts = [((-0.5, -0.12), (0.5, 0.02)), ((-0.3, -0.25), (0.05, -0.1)), ((-0.02, -0.5), (0.01, -0.1))]
        for (left, top), (right, bottom) in parts:
            value = self._contrast(rng, 0.1, 0.6)
            corners = [(x + left * length, y + top * length), (x + right * length, y + bottom * length)]
            ends = [tuple(int(round(v)) for v in corner) for corner in corners]
            for canvas, paint in ((picture, value), (opacity, 1.0)):
                cv2.rectangle(canvas, *ends, float(paint), -1)
        self.layers.append(Layer(picture, opacity, 1.0 + rng.normal(0, 0.01)))

    def at(self, frame: int) -> tuple[np.ndarray, np.ndarray]:
        """The screen image of the backdrop at this frame number, 0..1 (not clipped), height x width; and how much of it
        is ground, 0..1: whatever stands before sky and sea."""
        screen, ground = None, np.zeros(self.size[::-1], np.float32)
        for index, layer in enumerate(self.layers):
            view = self.camera.world_to_screen(frame, self.size, self.margin, layer.parallax)
            view[0, 2] += layer.sway * np.sin(0.35 * frame + index)
            picture = cv2.warpAffine(layer.intensity, view, self.size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
            if layer.opacity is None:
                screen = picture
                if self.sea is not None:
                    screen = self._with_sea(screen, frame)
                continue
            cover = cv2.warpAffine(layer.opacity, view, self.size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            screen = screen * (1 - cover) + picture * cover
            ground = np.maximum(ground, cover)
        return screen, ground

    def _with_sea(self, screen, frame):
        top = max(0, self.horizon)
        if top >= self.height:
            return screen
        world = np.zeros((self.height, self.width), np.float32)
        mask = np.zeros_like(world)
        world[top:], mask[top:] = self.sea.at(frame), 1.0
        world[:top] = world[min(top, self.height - 1)]
        view = self.camera.world_to_screen(frame, self.size, self.margin)
        picture = cv2.warpAffine(world, view, self.size, borderMode=cv2.BORDER_REPLICATE)
        cover = cv2.warpAffine(mask, view, self.size, borderMode=cv2.BORDER_REPLICATE)
        return screen * (1 - cover) + picture * cover
