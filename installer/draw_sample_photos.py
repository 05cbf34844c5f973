"""Draws the invented photographs of the sample data with Pillow. It reads nothing and shows no real place or thing."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1280, 853
SCALE = 2
"""Shapes are drawn twice as large and reduced, which is what smooths their edges."""

MAX_BYTES = 120_000

Colour = tuple[int, int, int]
Point = tuple[float, float]


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    return (round(a[0] + (b[0] - a[0]) * share), round(a[1] + (b[1] - a[1]) * share),
            round(a[2] + (b[2] - a[2]) * share))


class Scene:
    """A picture under way: a canvas in units of the finished picture, with light from the upper left."""

    def __init__(self, top: Colour, bottom: Colour, seed: int) -> None:
        self.random = Random(seed)
        self.image = self._gradient(top, bottom, WIDTH * SCALE, HEIGHT * SCALE)
        self.draw = ImageDraw.Draw(self.image)

    @staticmethod
    def _gradient(top: Colour, bottom: Colour, width: int, height: int) -> Image.Image:
        strip = Image.new("RGB", (1, 256))
        strip.putdata([_mix(top, bottom, i / 255) for i in range(256)])
        return strip.resize((width, height), Image.Resampling.BICUBIC)

    def box(self, x: float, y: float, w: float, h: float, top: Colour, bottom: Colour, radius: float = 0) -> None:
        """A rectangle with rounded corners, shaded from top to bottom."""
        size = (max(1, round(w * SCALE)), max(1, round(h * SCALE)))
        mask = Image.new("L", size, 0)
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius * SCALE, fill=255)
        self.image.paste(self._gradient(top, bottom, *size), (round(x * SCALE), round(y * SCALE)), mask)

    def shape(self, points: list[Point], colour: Colour) -> None:
        """A filled polygon."""
        self.draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=colour)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        """A filled ellipse about a centre."""
        self.draw.ellipse(((x - rx) * SCALE, (y - ry) * SCALE, (x + rx) * SCALE, (y + ry) * SCALE), fill=colour)

    def line(self, points: list[Point], colour: Colour, width: float) -> None:
        """A line with round joints."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self.draw.line(scaled, fill=colour, width=max(1, round(width * SCALE)), joint="curve")
        r = width * SCALE / 2
        for x, y in (scaled[0], scaled[-1]):
            self.draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)

    def tube(self, points: list[Point], width: float, dark: Colour, light: Colour) -> None:
        """A round rod along a path: ever thinner, ever lighter lines, moved a little towards the light."""
        for i in range(9):
            share = i / 8
            shift = -width * 0.22 * share
            moved = [(x + shift, y + shift) for x, y in points]
            self.line(moved, _mix(dark, light, share ** 1.4), width * (1 - 0.9 * share))

    def drum(self, x: float, y: float, w: float, h: float, dark: Colour, light: Colour) -> None:
        """An upright cylinder, shaded across; (x, y) is the upper left of its body."""
        steps = 80
        for i in range(steps):
            share = (i + 0.5) / steps
            glow = max(0.0, math.sin(math.pi * min(1.0, share * 1.25))) ** 0.8
            colour = _mix(dark, light, glow)
            bow = math.sqrt(max(0.0, 1 - (2 * share - 1) ** 2)) * w * 0.09
            left, right = x + w * i / steps, x + w * (i + 1) / steps + 0.6
            self.shape([(left, y), (right, y), (right, y + h + bow), (left, y + h + bow)], colour)
        self.oval(x + w / 2, y, w / 2, w * 0.10, _mix(light, (255, 255, 255), 0.15))

    def shadow(self, x: float, y: float, rx: float, ry: float, strength: float = 0.45) -> None:
        """A soft shadow on the ground."""
        layer = Image.new("L", (WIDTH // 4, HEIGHT // 4), 0)
        ImageDraw.Draw(layer).ellipse(((x - rx) / 4, (y - ry) / 4, (x + rx) / 4, (y + ry) / 4),
                                      fill=round(255 * strength))
        layer = layer.filter(ImageFilter.GaussianBlur(max(3.0, ry / 8))).resize(self.image.size)
        self.image.paste(Image.new("RGB", self.image.size, (14, 16, 20)), (0, 0), layer)

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float = 0.6) -> None:
        """Light falling from a window or a lamp."""
        layer = Image.new("L", (WIDTH // 4, HEIGHT // 4), 0)
        ImageDraw.Draw(layer).ellipse(((x - radius) / 4, (y - radius) / 4, (x + radius) / 4, (y + radius) / 4),
                                      fill=round(255 * strength))
        layer = layer.filter(ImageFilter.GaussianBlur(radius / 9)).resize(self.image.size)
        self.image.paste(Image.new("RGB", self.image.size, colour), (0, 0), layer)

    def finished(self) -> Image.Image:
        """The picture reduced, with the darker corners and slight softness of a hand-held photograph."""
        image = self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        vignette = Image.new("L", (160, 107), 150)
        ImageDraw.Draw(vignette).ellipse((-14, -14, 174, 121), fill=255)
        vignette = vignette.filter(ImageFilter.GaussianBlur(22)).resize((WIDTH, HEIGHT))
        return ImageChops.multiply(image, Image.merge("RGB", (vignette,) * 3)).filter(ImageFilter.GaussianBlur(0.5))


def _floor(scene: Scene, horizon: float, near: Colour, far: Colour) -> None:
    scene.box(0, horizon, WIDTH, HEIGHT - horizon, far, near)


def bending_line() -> Image.Image:
    """Two rows of pipe benders along an aisle."""
    s = Scene((196, 204, 206), (160, 170, 174), 1)
    _floor(s, 330, (92, 104, 104), (136, 146, 144))
    for i in range(7):
        s.box(70 + i * 170, 40, 120, 130, (236, 243, 246), (214, 226, 232), 4)
    s.shape([(600, 330), (680, 330), (900, 853), (380, 853)], (150, 158, 152))
    for side in (-1, 1):
        s.line([(640 + side * 42, 330), (640 + side * 262, 853)], (222, 190, 70), 7)
    for row in range(3):
        size = 0.55 + row * 0.33
        for side in (-1, 1):
            cx = 640 + side * (190 + row * 150)
            cy = 330 + row * 130
            w, h = 210 * size, 170 * size
            s.shadow(cx, cy + h * 0.98, w * 0.62, 26 * size)
            s.box(cx - w / 2, cy, w, h, (74, 122, 136), (40, 78, 90), 8 * size)
            s.box(cx - w * 0.42, cy + h * 0.16, w * 0.36, h * 0.26, (32, 42, 50), (22, 30, 36), 4)
            s.box(cx - w * 0.39, cy + h * 0.2, w * 0.22, h * 0.15, (128, 200, 190), (84, 160, 156), 2)
            s.oval(cx + w * 0.24, cy + h * 0.3, w * 0.11, w * 0.11, (190, 196, 198))
            s.oval(cx + w * 0.24, cy + h * 0.3, w * 0.05, w * 0.05, (60, 66, 70))
            s.tube([(cx + w * 0.24, cy + h * 0.18), (cx + w * 0.24 - side * w * 0.7, cy + h * 0.12)], 7 * size,
                   (96, 102, 106), (240, 244, 246))
            s.oval(cx + w * 0.4, cy + h * 0.84, 6 * size, 6 * size, (206, 62, 48))
    for i, (x, y) in enumerate([(470, 640), (560, 690), (735, 610)]):
        s.shadow(x + 45, y + 62, 60, 14)
        top, bottom = ((206, 140, 60), (160, 100, 40)) if i == 1 else ((70, 118, 170), (44, 84, 128))
        s.box(x, y, 92, 60, top, bottom, 5)
        for k in range(6):
            s.tube([(x + 10 + k * 13, y - 14), (x + 10 + k * 13, y + 20)], 8, (104, 110, 114), (246, 248, 248))
    return s.finished()


def _bent(x: float, y: float, length: float, radius: float, angle: float) -> list[Point]:
    points: list[Point] = [(x, y), (x + length, y)]
    for i in range(1, 25):
        a = angle * i / 24
        points.append((x + length + radius * math.sin(a), y - radius * (1 - math.cos(a))))
    last = points[-1]
    points.append((last[0] + length * 0.62 * math.cos(angle), last[1] - length * 0.62 * math.sin(angle)))
    return points


def tube_samples() -> Image.Image:
    """Five bent fine tubes on a measuring mat."""
    s = Scene((58, 86, 92), (40, 62, 70), 2)
    for x in range(0, WIDTH, 40):
        s.line([(x, 0), (x, HEIGHT)], (72, 104, 110) if x % 200 else (104, 138, 142), 1.2 if x % 200 else 2.4)
    for y in range(0, HEIGHT, 40):
        s.line([(0, y), (WIDTH, y)], (72, 104, 110) if y % 200 else (104, 138, 142), 1.2 if y % 200 else 2.4)
    for i in range(5):
        points = _bent(120 + i * 22, 250 + i * 118, 430, 92, math.radians(62 + (i % 3) * 7))
        s.line([(x + 9, y + 12) for x, y in points], (26, 42, 48), 20)
        s.tube(points, 19, (92, 98, 104), (252, 253, 253))
        if i > 2:
            for k in range(4):
                px, py = points[8 + k * 3]
                s.line([(px - 4, py + 1), (px + 5, py + 7)], (84, 88, 92), 2)
    s.box(900, 640, 300, 130, (246, 240, 222), (232, 224, 200), 4)
    for k in range(4):
        s.line([(925, 670 + k * 24), (1165 - k * 34, 670 + k * 24)], (112, 108, 100), 4)
    s.glow(200, 60, 360, (255, 255, 250), 0.22)
    return s.finished()


def tube_section() -> Image.Image:
    """The bend of a tube cut open, under a microscope."""
    s = Scene((22, 26, 30), (14, 16, 20), 3)
    s.oval(640, 426, 408, 408, (196, 206, 206))
    s.oval(640, 426, 396, 396, (168, 180, 182))
    outer = [(640 + 330 * math.cos(a), 640 - 330 * math.sin(a)) for a in [math.radians(20 + i * 3) for i in range(48)]]
    s.tube(outer, 150, (86, 92, 98), (226, 232, 234))
    s.line(outer, (56, 60, 66), 96)
    inner = [(640 + 330 * math.cos(a), 640 - 330 * math.sin(a)) for a in [math.radians(20 + i * 3) for i in range(48)]]
    for k in range(26):
        offset = -40 + k * 3.1
        pts = [(x + offset * 0.5, y + offset) for x, y in inner]
        s.line(pts, _mix((66, 72, 78), (150, 156, 160), s.random.random()), 1.3)
    for k in range(7):
        a = math.radians(62 + k * 8)
        s.line([(640 + 296 * math.cos(a), 640 - 296 * math.sin(a)), (640 + 350 * math.cos(a), 640 - 350 * math.sin(a))],
               (226, 214, 190), 3.5)
    mask = Image.new("L", s.image.size, 0)
    ImageDraw.Draw(mask).ellipse(((640 - 408) * SCALE, (426 - 408) * SCALE, (640 + 408) * SCALE, (426 + 408) * SCALE),
                                 fill=255)
    s.image.paste(Image.new("RGB", s.image.size, (12, 14, 18)), (0, 0), ImageChops.invert(mask))
    s.line([(860, 700), (960, 700)], (250, 250, 250), 5)
    for x in (860, 960):
        s.line([(x, 690), (x, 710)], (250, 250, 250), 4)
    return s.finished()


def press_setup() -> Image.Image:
    """A press with its die drawn out on the bolster, bolts laid in a row."""
    s = Scene((150, 158, 160), (112, 122, 126), 4)
    _floor(s, 640, (70, 76, 80), (104, 110, 112))
    s.box(250, 20, 150, 690, (84, 132, 96), (52, 92, 66), 6)
    s.box(860, 20, 150, 690, (84, 132, 96), (52, 92, 66), 6)
    s.box(230, 0, 800, 170, (96, 146, 108), (66, 110, 80), 8)
    s.box(400, 170, 460, 130, (168, 174, 176), (118, 126, 130), 4)
    for x in (440, 800):
        s.drum(x - 20, 170, 40, 190, (74, 78, 82), (226, 230, 232))
    s.box(470, 300, 320, 70, (104, 110, 118), (74, 80, 88), 3)
    s.box(360, 540, 540, 110, (138, 144, 148), (92, 98, 104), 4)
    s.box(450, 440, 360, 100, (118, 126, 136), (78, 86, 96), 3)
    s.box(490, 410, 280, 34, (176, 184, 190), (140, 148, 156), 2)
    for i in range(6):
        s.oval(520 + i * 44, 427, 11, 8, (54, 58, 62))
    for i in range(12):
        length = 58 if i % 3 == 0 else 40 + (i * 13) % 34
        x = 300 + i * 62
        s.tube([(x, 800 - length), (x, 800)], 13, (58, 60, 64), (218, 222, 224))
        s.box(x - 14, 784 - length, 28, 20, (96, 100, 104), (58, 62, 66), 4)
    s.box(1060, 250, 120, 160, (48, 54, 60), (34, 40, 46), 8)
    for i, colour in enumerate([(70, 190, 110), (230, 190, 60), (210, 62, 50)]):
        s.oval(1120, 290 + i * 44, 15, 15, colour)
    for i in range(9):
        s.shape([(250 + i * 90, 690), (295 + i * 90, 690), (275 + i * 90, 712), (230 + i * 90, 712)], (224, 192, 66))
    s.glow(160, 60, 300, (255, 252, 236), 0.3)
    return s.finished()


def miso_packs() -> Image.Image:
    """Three small packs beside a wooden spoon."""
    s = Scene((206, 178, 140), (172, 138, 98), 5)
    for _ in range(60):
        y = s.random.uniform(0, HEIGHT)
        s.line([(0, y), (420, y + s.random.uniform(-8, 8)), (WIDTH, y + s.random.uniform(-14, 14))],
               _mix((186, 154, 112), (156, 122, 82), s.random.random()), s.random.uniform(0.8, 2.2))
    colours: list[tuple[Colour, Colour]] = [((232, 206, 150), (206, 172, 110)), ((206, 152, 92), (172, 116, 62)),
                                            ((142, 78, 48), (104, 52, 32))]
    for i, (light, dark) in enumerate(colours):
        x, y = 150 + i * 290, 220 + (i % 2) * 26
        s.shadow(x + 125, y + 340, 150, 30)
        s.box(x, y, 240, 330, (250, 246, 236), (232, 224, 208), 10)
        s.box(x, y, 240, 34, (222, 212, 194), (206, 196, 176), 8)
        s.box(x + 22, y + 118, 196, 190, light, dark, 96)
        for k in range(i + 1):
            s.oval(x + 120 + (k - i / 2) * 34, y + 76, 12, 12, (156, 40, 36))
        for k in range(3):
            s.line([(x + 70, y + 190 + k * 30), (x + 172 - k * 18, y + 190 + k * 30)],
                   _mix(light, (255, 255, 255), 0.6), 5)
    s.tube([(1040, 760), (1110, 420)], 26, (112, 76, 44), (214, 170, 116))
    s.oval(1124, 340, 62, 92, (128, 88, 52))
    s.oval(1120, 334, 48, 76, (150, 84, 48))
    s.glow(120, 40, 380, (255, 248, 224), 0.32)
    return s.finished()


def miso_vats() -> Image.Image:
    """Cedar vats in a dim storehouse with a window."""
    s = Scene((64, 50, 40), (44, 34, 28), 6)
    _floor(s, 560, (54, 44, 38), (78, 64, 54))
    for x in (90, 470, 850, 1220):
        s.box(x, 0, 44, 600, (84, 62, 46), (58, 42, 32))
    s.box(0, 60, WIDTH, 46, (92, 68, 50), (62, 46, 34))
    s.box(560, 130, 170, 130, (252, 246, 220), (238, 222, 176), 3)
    s.line([(645, 130), (645, 260)], (82, 62, 46), 9)
    s.glow(645, 210, 330, (250, 232, 184), 0.34)
    vats = [(40, 300, 250), (330, 270, 220), (740, 270, 220), (1000, 300, 250), (170, 420, 330), (800, 430, 330)]
    for x, y, w in vats:
        h = w * 1.05
        s.shadow(x + w / 2, y + h, w * 0.62, 34, 0.6)
        s.drum(x, y, w, h, (82, 54, 34), (196, 148, 98))
        for k in range(1, 12):
            share = k / 12
            px = x + w * (1 - math.cos(math.pi * share)) / 2
            s.line([(px, y + 8), (px, y + h)], (98, 66, 42), 1.6)
        for share in (0.16, 0.24, 0.72, 0.8):
            rows = [(x + w * i / 20, y + h * share + math.sqrt(max(0.0, 1 - (i / 10 - 1) ** 2)) * w * 0.09)
                    for i in range(21)]
            s.line(rows, (176, 150, 92), w * 0.024)
        s.oval(x + w / 2, y, w / 2, w * 0.10, (112, 76, 48))
        s.oval(x + w / 2, y + 3, w * 0.45, w * 0.08, (146, 88, 52))
        s.oval(x + w / 2, y + 1, w * 0.11, w * 0.03, (150, 146, 138))
    return s.finished()


def wood_workshop() -> Image.Image:
    """Larch bowls and chisels on a bench before a window with mountains."""
    s = Scene((222, 208, 184), (190, 168, 138), 7)
    s.box(180, 40, 920, 380, (172, 208, 232), (226, 236, 236), 2)
    s.shape([(180, 420), (180, 300), (330, 190), (430, 250), (560, 130), (690, 260), (830, 180), (980, 290),
             (1100, 240), (1100, 420)], (112, 136, 156))
    s.shape([(560, 130), (520, 180), (556, 170), (580, 190), (608, 172), (624, 194)], (246, 250, 252))
    s.shape([(180, 420), (180, 360), (420, 330), (700, 372), (1100, 330), (1100, 420)], (86, 118, 84))
    for x in (180, 486, 793, 1100):
        s.line([(x, 40), (x, 420)], (120, 88, 58), 15)
    for y in (40, 420):
        s.line([(180, y), (1100, y)], (120, 88, 58), 15)
    s.box(0, 560, WIDTH, 293, (198, 152, 100), (146, 104, 64))
    for _ in range(40):
        y = 570 + s.random.random() ** 1.5 * 280
        s.line([(0, y), (640, y + s.random.uniform(-5, 5)), (WIDTH, y + s.random.uniform(-5, 5))], (170, 126, 80), 1.4)
    for x, y, r, light, dark in [(260, 610, 130, (236, 190, 128), (160, 108, 60)),
                                 (520, 640, 104, (206, 140, 84), (122, 74, 40)),
                                 (730, 620, 84, (242, 208, 152), (176, 128, 78))]:
        s.shadow(x + 18, y + r * 0.52, r * 1.1, r * 0.2, 0.5)
        for i in range(30):
            share = i / 29
            s.oval(x - share * r * 0.10, y + r * 0.45 * (1 - share), r * (0.55 + 0.45 * share), r * 0.30,
                   _mix(dark, light, share))
        s.oval(x - r * 0.1, y, r, r * 0.30, _mix(light, (255, 255, 255), 0.25))
        s.oval(x - r * 0.1, y + 3, r * 0.88, r * 0.24, _mix(dark, light, 0.35))
        for k in range(1, 5):
            s.draw.ellipse(((x - r * 0.1 - r * 0.17 * k) * SCALE, (y + 4 - r * 0.045 * k) * SCALE,
                            (x - r * 0.1 + r * 0.17 * k) * SCALE, (y + 4 + r * 0.045 * k) * SCALE),
                           outline=_mix(dark, light, 0.6), width=3)
    for i in range(4):
        x = 900 + i * 82
        s.line([(x + 12, 812), (x + 72, 622)], (112, 78, 48), 24)
        s.tube([(x, 800), (x + 32, 700)], 26, (116, 62, 36), (216, 144, 92))
        s.tube([(x + 34, 694), (x + 64, 600)], 12, (88, 92, 98), (240, 244, 246))
    for _ in range(26):
        px, py = s.random.uniform(120, 860), s.random.uniform(740, 840)
        pr = s.random.uniform(6, 15)
        s.draw.arc(((px - pr) * SCALE, (py - pr * 0.6) * SCALE, (px + pr) * SCALE, (py + pr * 0.6) * SCALE), 20,
                   s.random.uniform(220, 330), fill=(240, 208, 156), width=6)
    s.glow(640, 240, 420, (255, 252, 240), 0.22)
    return s.finished()


PHOTOS: dict[str, Callable[[], Image.Image]] = {
    "bending-line.jpg": bending_line,
    "tube-samples.jpg": tube_samples,
    "tube-section.jpg": tube_section,
    "press-setup.jpg": press_setup,
    "miso-packs.jpg": miso_packs,
    "miso-vats.jpg": miso_vats,
    "wood-workshop.jpg": wood_workshop,
}


def main(arguments: list[str]) -> int:
    """Write every picture into the folder named, by default that of the sample data. Returns the exit code."""
    root = Path(__file__).resolve().parent.parent
    folder = Path(arguments[0]) if arguments else root / "resources" / "sample" / "photos"
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in PHOTOS.items():
        target = folder / name
        picture().save(target, "JPEG", quality=82, optimize=True, progressive=True)
        size = target.stat().st_size
        if size > MAX_BYTES:
            raise SystemExit(f"{name}: {size} bytes, more than {MAX_BYTES}")
        sys.stdout.write(f"{name} {size}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
