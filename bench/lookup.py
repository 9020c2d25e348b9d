"""In which area a point lies, beside Shapely's tree (点落区).

Run it with `.venv/bin/python bench/lookup.py [--side 100] [--points 1000000] [--corners 20] [--data FOLDER]`.

Areas: a lattice of side² polygons with shaken corners and crooked borders (`--corners` points a border). Points: uniform,
and on vertices, middles and other places of the borders. The answers are compared one by one with Shapely (GEOS,
`intersects`, lowest code). With `--data` the counties of two provinces are met with the towns and villages whose codes are
known: `county_boundaries_*.geojson.gz` and `nbs2016_codes_urcode_lonlat_*.csv.gz`. CPU time of one process.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from linli.methods.lookup.layers import Area, read_layer
from linli.methods.lookup.raster import Index

Floats = NDArray[np.float64]


def cpu(work: Callable[[], Any], times: int = 1) -> tuple[float, Any]:
    """The median CPU seconds of a work, and what it returned last."""
    spent = []
    for _ in range(times):
        start = time.process_time()
        made = work()
        spent.append(time.process_time() - start)
    return statistics.median(spent), made


def lattice(side: int, corners: int) -> list[Area]:
    """Polygons that share crooked borders, coded by column, then row."""
    draw = np.random.default_rng(side)
    at = np.stack(np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0), indexing="ij"), -1)
    at = 113.0 + (at + draw.uniform(-0.3, 0.3, at.shape)) / side

    def crooked(one: Floats, other: Floats) -> Floats:
        share = np.linspace(0, 1, corners + 2)[1:-1, None]
        return np.vstack([one, one + (other - one) * share + draw.uniform(-0.05, 0.05, (corners, 2)) / side])

    flat = {(i, j): crooked(at[i, j], at[i + 1, j]) for i in range(side) for j in range(side + 1)}
    tall = {(i, j): crooked(at[i, j], at[i, j + 1]) for i in range(side + 1) for j in range(side)}
    areas = []
    for i in range(side):
        for j in range(side):
            back = np.vstack([at[i + 1, j + 1], flat[i, j + 1][:0:-1]])
            down = np.vstack([at[i, j + 1], tall[i, j][:0:-1]])
            ring = np.vstack([flat[i, j], tall[i + 1, j], back, down, at[i, j]])
            areas.append(Area(f"{i * side + j:06}", "", (ring,)))
    return areas


def on_borders(areas: list[Area], count: int) -> Floats:
    """Vertices, middles and other places of edges, a third each."""
    draw = np.random.default_rng(1)
    one, other = (np.concatenate([area.rings[0][part] for area in areas]) for part in (slice(None, -1), slice(1, None)))
    pick = draw.integers(0, len(one), (3, count // 3))
    along = draw.uniform(0, 1, (count // 3, 1))
    middle = (one[pick[1]] + other[pick[1]]) / 2
    return np.concatenate([one[pick[0]], middle, one[pick[2]] + (other[pick[2]] - one[pick[2]]) * along])


def by_shapely(tree: shapely.STRtree, x: Floats, y: Floats) -> NDArray[np.int64]:
    """The first area that meets each point, −1 for none."""
    point, area = tree.query(shapely.points(x, y), predicate="intersects")
    first = np.full(len(x), len(tree.geometries))
    np.minimum.at(first, point, area)
    return np.where(first == len(tree.geometries), -1, first)


def counties(folder: Path) -> None:
    """Real points whose county is known by their code."""
    features: list[Any] = []
    for path in sorted(folder.glob("county_boundaries_*.geojson.gz")):
        features += json.loads(gzip.decompress(path.read_bytes()))["features"]
    layer = read_layer(json.dumps({"type": "FeatureCollection", "features": features}))
    index = Index(layer.areas)
    for path in sorted(folder.glob("nbs2016_codes_urcode_lonlat_*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            rows = [row for row in csv.DictReader(stream) if row["longitude"]]
        for level in ("town", "village"):
            kept = [row for row in rows if row["level"] == level]
            x, y = (np.array([float(row[name]) for row in kept]) for name in ("longitude", "latitude"))
            found = index.find_all(x, y).area.tolist()
            codes = [layer.areas[place].code if place >= 0 else "" for place in found]
            agree = sum(code == row["code"][:6] for code, row in zip(codes, kept, strict=True))
            print(
                f"  {len(layer.areas)} counties, {len(kept)} points of level {level}: {100 * agree / len(kept):.2f} % agree"
            )


def main() -> None:
    """Build, look up, compare, print."""
    options = argparse.ArgumentParser(description="points in areas, beside Shapely's tree")
    options.add_argument("--side", type=int, default=100)
    options.add_argument("--points", type=int, default=1_000_000)
    options.add_argument("--corners", type=int, default=20)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--data", type=Path)
    asked = options.parse_args()
    areas = lattice(asked.side, asked.corners)
    edges = sum(len(area.rings[0]) - 1 for area in areas)
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, Shapely {shapely.__version__} ", end="")
    print(
        f"(GEOS {shapely.geos_version_string}), {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}; CPU seconds, medians"
    )
    print(f"  {len(areas)} areas, {edges} edges, {asked.points} points")
    built, index = cpu(lambda: Index(areas), asked.rounds)
    draw = np.random.default_rng(0)
    x, y = draw.uniform(113, 114, (2, asked.points))
    spent, found = cpu(lambda: index.find_all(x, y), asked.rounds)
    few = list(zip(x[:50_000].tolist(), y[:50_000].tolist(), strict=True))
    single, _ = cpu(lambda: [index.find(*point) for point in few], asked.rounds)
    print(
        f"  Linli: index {built:.2f} s; {asked.points / spent:,.0f} points/s; single {single / len(few) * 1e6:.1f} µs"
    )
    grown, tree = cpu(lambda: shapely.STRtree([shapely.Polygon(area.rings[0]) for area in areas]))
    some = min(asked.points, 200_000)
    peer, want = cpu(lambda: by_shapely(tree, x[:some], y[:some]), asked.rounds)
    singles = [shapely.Point(point) for point in few[:5000]]
    alone, _ = cpu(lambda: [tree.query(point, predicate="intersects") for point in singles])
    print(
        f"  Shapely STRtree: index {grown:.2f} s; {some / peer:,.0f} points/s; single {alone / len(singles) * 1e6:.1f} µs"
    )
    print(
        f"  ratio {asked.points / spent / (some / peer):.1f}; differing answers: {int((found.area[:some] != want).sum())} of {some}"
    )
    border = on_borders(areas, 90_000)
    bx, by = border[:, 0].copy(), border[:, 1].copy()
    spent, found = cpu(lambda: index.find_all(bx, by), asked.rounds)
    differing = int((found.area != by_shapely(tree, bx, by)).sum())
    print(f"  on borders: {len(bx) / spent:,.0f} points/s; differing answers: {differing} of {len(bx)}")
    if asked.data:
        counties(asked.data)


if __name__ == "__main__":
    main()
