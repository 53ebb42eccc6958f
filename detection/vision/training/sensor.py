"""What a camera and its recorder do to a scene: optics, noise, gain control, burnt-in overlays, compression.

Duty: turn the scene's intensities into the eight-bit picture that software gets.
Limits: compression is the JPEG kind of quantisation of 8x8 blocks, frame by frame; real recordings, which bring the
real H.264 artefacts, come in through `clips`.
"""

from __future__ import annotations

import cv2
import numpy as np

FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_PLAIN, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX_SMALL)


class Overlay:
    """Burnt-in text, digits that count, cross-hairs and brackets: fixed on the screen while the world moves."""

    def __init__(self, rng: np.random.Generator, size: tuple[int, int], share: float = 0.55):
        self.size, self.seed = size, int(rng.integers(1 << 31))
        self.marks: list[tuple] = []
        self.lines: list[tuple] = []
        self.paint = rng.choice(["white", "black", "contrary", "box", "contrary"])
        if rng.random() >= share:
            return
        width, height = size
        for _ in range(int(rng.integers(1, 6))):
            self._write(rng, rng.uniform(-20, width * 0.9), rng.uniform(5, height))
        if rng.random() < 0.6:
            self._cross(rng, width, height)

    def _write(self, rng, x, y):
        scale, font = rng.uniform(0.3, 0.9), FONTS[int(rng.integers(len(FONTS)))]
        kind = rng.choice(["clock", "figure", "word", "strokes"])
        if kind == "strokes":
            for _ in range(int(rng.integers(2, 7))):
                cell = 22 * scale
                for _ in range(int(rng.integers(4, 9))):
                    start = np.array([x, y]) + rng.uniform(0, cell, 2)
                    along = np.array([rng.uniform(0.3, 1), 0]) if rng.random() < 0.5 else np.array([0, rng.uniform(0.3, 1)])
                    self.lines.append((start, start + along * cell * 0.7 + rng.normal(0, 1, 2), 1))
                x += cell * 1.15
            return
        letters = "".join(rng.choice(list("ABCDEFGHKLMNPRSTVXYZ:. "), int(rng.integers(2, 9))))
        self.marks.append((kind, letters, (int(x), int(y)), font, scale, float(rng.uniform(0, 400)), float(rng.normal(0, 0.2)), int(rng.integers(1, 3))))

    def _cross(self, rng, width, height):
        centre = np.array([width / 2, height / 2]) + rng.normal(0, 30, 2)
        reach, gap, thick = rng.uniform(20, width * 0.45), rng.uniform(2, 60), int(rng.integers(1, 3))
        for along in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            step = np.array(along, float)
            self.lines.append((centre + step * gap, centre + step * (gap + reach), thick))
        if rng.random() < 0.6:
            half, leg = rng.uniform(10, 0.4 * height, 2), rng.uniform(4, 60)
            for sx in (-1, 1):
                for sy in (-1, 1):
                    corner = centre + half * (sx, sy)
                    self.lines.append((corner, corner - (sx * leg, 0), thick))
                    self.lines.append((corner, corner - (0, sy * leg), thick))

    def cover(self, shape: tuple[int, int], frame: int) -> np.ndarray | None:
        """How much of each pixel the marks cover at this frame number, 0..1; nothing where there are none."""
        mask = self._mask(shape, frame)
        return None if mask is None else self._covering(mask)

    def burn(self, picture: np.ndarray, frame: int) -> np.ndarray:
        """The eight-bit picture with the overlay on it at this frame number."""
        mask = self._mask(picture.shape, frame)
        if mask is None:
            return picture
        cover = self._covering(mask)
        if self.paint == "contrary":
            level = cv2.blur(picture, (41, 41)).astype(np.float32)
            rough = np.random.default_rng([self.seed, 7]).normal(0, 4, (picture.shape[0], 1))
            ink = np.where(level + rough > 138, 0.0, 255.0)
        elif self.paint == "box":
            ink = np.where(mask > 0, 255.0, 20.0)
        else:
            ink = np.full(picture.shape, 0.0 if self.paint == "black" else 255.0, np.float32)
        return (picture * (1 - cover) + ink * cover).astype(np.uint8)

    def _covering(self, mask: np.ndarray) -> np.ndarray:
        cover = mask.astype(np.float32) / 255.0
        if self.paint == "box":
            cover = np.maximum(cover, 0.5 * (cv2.dilate(mask, np.ones((9, 9))) > 0))
        return cover

    def _mask(self, shape: tuple[int, int], frame: int) -> np.ndarray | None:
        if not self.marks and not self.lines:
            return None
        mask = np.zeros(shape, np.uint8)
        for kind, letters, place, font, scale, start, rate, thick in self.marks:
            value = start + rate * frame
            text = {
                "clock": f"{int(value) % 24:02d}:{int(start * 7) % 60:02d}:{int(start * 3 + frame / 25) % 60:02d}",
                "figure": f"{letters[:3]}{value:.2f}",
                "word": letters,
            }[kind]
            cv2.putText(mask, text, place, font, scale, 255, thick, cv2.LINE_AA)
        for start, end, thick in self.lines:
            cv2.line(mask, tuple(int(v) for v in start), tuple(int(v) for v in end), 255, thick)
        return mask


class Sensor:
    """Optics, detector, gain and recorder of one camera: drawn once, applied to each frame."""

    def __init__(self, rng: np.random.Generator, size: tuple[int, int], infrared: bool):
        self.size, self.seed = size, int(rng.integers(1 << 31))
        width, height = size
        self.blur = rng.uniform(0.3, 1.1)
        self.noise = float(np.exp(rng.uniform(np.log(0.001), np.log(0.025))))
        self.grain = float(rng.choice([0.0, 0.7, 1.2])) if rng.random() < 0.5 else 0.0
        self.inverted = infrared and rng.random() < 0.3
        self.gain, self.offset = rng.uniform(0.6, 1.4), rng.normal(0, 0.08)
        self.flicker = rng.uniform(0, 0.006)
        self.quality = int(rng.uniform(18, 92)) if rng.random() < 0.7 else 0
        rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
        self.vignette = rng.normal(0, 0.05) * (rows**2 + columns**2)
        self.pattern = np.zeros((height, width), np.float32)
        if infrared and rng.random() < 0.6:
            self.pattern += rng.normal(0, rng.uniform(0, 0.006), (1, width)).astype(np.float32)
            self.pattern += rng.normal(0, rng.uniform(0, 0.004), (height, width)).astype(np.float32)
        dead = int(rng.poisson(1.2)) if rng.random() < 0.35 else 0
        for _ in range(dead):
            self.pattern[int(rng.integers(height)), int(rng.integers(width))] += rng.normal(0, 0.5)
        self.dirt = [(rng.uniform(0, 1, 2) * size, rng.uniform(2, 12), rng.normal(0, 0.04)) for _ in range(int(rng.poisson(0.5)))]
        self.border = int(rng.integers(1, 4)) if rng.random() < 0.15 else 0

    def seen(self, scene: np.ndarray) -> np.ndarray:
        """What optics and gain make of a part of a scene: without noise, clipped to 0..1."""
        blurred = cv2.GaussianBlur(scene, (0, 0), self.blur)
        return np.clip((blurred - 0.4) * self.gain + 0.4 + self.offset, 0, 1)

    def recorded(self, seen: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """Grey levels of a part of a picture after eight bits and compression; `noise` has a deviation of one."""
        return self._compressed(np.clip((seen + self.noise * self.gain * noise) * 255.0 + 0.5, 0, 255).astype(np.uint8))

    def _compressed(self, picture: np.ndarray) -> np.ndarray:
        if not self.quality:
            return picture
        _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, self.quality])
        return cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)

    def expose(self, scene: np.ndarray, frame: int, overlay: Overlay | None) -> np.ndarray:
        """Eight-bit picture of the scene's intensities 0..1."""
        rng = np.random.default_rng([self.seed, frame + (1 << 20)])
        seen = cv2.GaussianBlur(scene, (0, 0), self.blur)
        seen = seen + self.vignette + self.pattern
        for (x, y), radius, depth in self.dirt:
            y0, x0 = max(0, int(y - radius)), max(0, int(x - radius))
            seen[y0 : int(y + radius), x0 : int(x + radius)] += depth
        noise = rng.standard_normal(seen.shape, np.float32)
        if self.grain:
            noise = cv2.GaussianBlur(noise, (0, 0), self.grain) * (1.0 + 1.6 * self.grain)
        seen = seen + self.noise * noise
        seen = (seen - 0.4) * self.gain + 0.4 + self.offset + self.flicker * rng.normal()
        if self.inverted:
            seen = 1.0 - seen
        picture = np.clip(seen * 255.0 + 0.5, 0, 255).astype(np.uint8)
        if self.border:
            picture[:, : self.border] = 0
            picture[: self.border] = 0
        if overlay is not None:
            picture = overlay.burn(picture, frame)
        return self._compressed(picture)
