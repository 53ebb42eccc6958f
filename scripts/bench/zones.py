"""A file of very many zones: the shapes of real ones, again and again at other places, the same ones every time.

The shapes are those of the ED-269 samples and the Swiss OpenAir file in the folder that is given; each copy is moved to its own
place of a grid, under its own identifier.
"""

import json
import math
import re

GRID = {"west": 5.0, "south": 44.0, "columns": 140, "east_deg": 0.11, "north_deg": 0.07}
# Larger shapes are shrunk to this, degrees: neighbours may overlap, as real ones do, but not all of them.
LARGEST_DEG = 0.15


def shapes(folder):
    """The rings of all shapes, with their limits left out: lists of longitude and latitude."""
    found = []
    for path in sorted((folder / "ed269").glob("*.json")):
        text = json.loads(path.read_text(encoding="utf-8-sig"))
        for zone in text.get("features") or text.get("UASZoneList") or []:
            for geometry in zone["geometry"]:
                projection = geometry["horizontalProjection"]
                if projection["type"] == "Polygon":
                    found.append([tuple(map(float, at)) for at in projection["coordinates"][0]])
    return found + openair((folder / "openair_switzerland.txt").read_text(encoding="utf-8", errors="replace"))


def openair(text):
    """Rings of points: what has arcs is left out."""
    rings = []
    for block in re.split(r"(?m)^(?=AC )", text):
        points = [degrees(line) for line in re.findall(r"(?m)^DP (.*)$", block)]
        if len(points) >= 3 and not re.search(r"(?m)^(D[ABCY]) ", block):
            rings.append([*points, points[0]])
    return rings


def degrees(line):
    latitude, north, longitude, east = re.match(r"([\d:.]+) *([NS]) *([\d:.]+) *([EW])", line).groups()
    number = lambda text: sum(float(part) / 60**place for place, part in enumerate(text.split(":")))
    return number(longitude) * (1 if east == "E" else -1), number(latitude) * (1 if north == "N" else -1)


def moved(ring, middle):
    """The ring around another middle."""
    low, high = ([side(at[axis] for at in ring) for axis in (0, 1)] for side in (min, max))
    scale = min(1.0, LARGEST_DEG / max(high[0] - low[0], high[1] - low[1], 1e-9))
    place = lambda at: [round(middle[axis] + scale * (at[axis] - (low[axis] + high[axis]) / 2), 7) for axis in (0, 1)]
    return [place(at) for at in ring]


def middle_of(number):
    row, column = divmod(number, GRID["columns"])
    return GRID["west"] + column * GRID["east_deg"], GRID["south"] + row * GRID["north_deg"]


def zone(number, rings):
    return {
        "identifier": f"Z{number:05}",
        "country": "CHE",
        "name": f"Zone {number}",
        "type": "COMMON",
        "restriction": "PROHIBITED",
        "reason": ["OTHER"],
        "zoneAuthority": [{"name": "An authority", "purpose": "AUTHORIZATION"}],
        "applicability": [{"permanent": "YES"}],
        "geometry": [{
            "uomDimensions": "M",
            "lowerLimit": 0,
            "lowerVerticalReference": "AGL",
            "upperLimit": 150 + number % 7 * 50,
            "upperVerticalReference": "AGL",
            "horizontalProjection": {"type": "Polygon", "coordinates": [moved(rings[number % len(rings)], middle_of(number))]},
        }],
    }


def write_zones(folder, count, out):
    """Writes `count` zones as an ED-269 file."""
    rings = shapes(folder)
    out.write_text(json.dumps({"title": "many", "features": [zone(number, rings) for number in range(count)]}))


def write_mission(number, out):
    """Writes a mission across the middle of zone `number`, a kilometre long (QGroundControl WPL 110)."""
    east, north = middle_of(number)
    away = 500 / 111_195 / math.cos(math.radians(north))
    row = lambda at, command, east: f"{at}\t{int(at == 0)}\t3\t{command}\t0\t0\t0\t0\t{north}\t{east}\t80\t1"
    rows = [row(0, 16, east - away), row(1, 22, east - away), row(2, 16, east), row(3, 16, east + away)]
    out.write_text("QGC WPL 110\n" + "\n".join(rows) + "\n")
