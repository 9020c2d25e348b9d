"""The nearest area of a point that lies in none (最近区域), within a tolerance.

Method: candidates by bounding box (sort-tile-recursive tree of Shapely, S. T. Leutenegger et al., 1997), then the
distance to every edge. On degrees each point has its own plane, scaled by the cosine of its latitude (equirectangular),
exact to 1e-6 within a kilometre.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from linli.methods.lookup.layers import Area

Floats = NDArray[np.float64]

METRES = 6_371_008.8 * np.pi / 180  # one degree of a great circle
BLOCK = 2_000_000


def nearest(
    areas: Sequence[Area], x: Floats, y: Floats, tolerance: float, *, earth: bool
) -> tuple[NDArray[np.int32], Floats]:
    """The place of the nearest area within the tolerance and its distance, (−1, ∞) where there is none.

    Args:
        tolerance: metres when `earth` (degrees of longitude and latitude), else the unit of the coordinates.

    Equally near areas: the first, which has the lowest code. O(points × edges of the areas near them).
    """
    import shapely

    found = np.full(len(x), -1, dtype=np.int32)
    least = np.full(len(x), np.inf)
    boxes = np.array([area.box for area in areas])
    high = tolerance / METRES if earth else tolerance
    wide = high / np.maximum(np.cos(np.radians(np.minimum(np.abs(y) + high, 89.9))), 1e-3) if earth else high
    asked = shapely.box(x - wide, y - high, x + wide, y + high)
    tree = shapely.STRtree(shapely.box(*boxes.T))
    point, area = tree.query(asked)
    order = np.lexsort((point, area))
    point, area = point[order], area[order]
    heads = np.flatnonzero(np.r_[True, area[1:] != area[:-1]]) if len(area) else np.zeros(0, dtype=np.intp)
    for head, tail in zip(heads.tolist(), [*heads[1:].tolist(), len(area)], strict=True):
        place = int(area[head])
        ends = areas[place].rings
        one, other = np.concatenate([ring[:-1] for ring in ends]), np.concatenate([ring[1:] for ring in ends])
        size = max(1, BLOCK // len(one))
        for at in range(head, tail, size):
            those = point[at : min(at + size, tail)]
            distance = _to_edges(x[those], y[those], one, other, earth=earth)
            nearer = (distance < least[those]) & (distance <= tolerance)
            found[those[nearer]] = place
            least[those[nearer]] = distance[nearer]
    return found, least


def _to_edges(x: Floats, y: Floats, one: Floats, other: Floats, *, earth: bool) -> Floats:
    """Distance of each point to the nearest of the edges."""
    scale_x = METRES * np.cos(np.radians(y))[:, None] if earth else np.ones((len(x), 1))
    scale_y = METRES if earth else 1.0
    ax, ay = (one[:, 0] - x[:, None]) * scale_x, (one[:, 1] - y[:, None]) * scale_y
    dx, dy = (other[:, 0] - one[:, 0]) * scale_x, (other[:, 1] - one[:, 1]) * scale_y
    length = dx * dx + dy * dy
    along = np.clip(-(ax * dx + ay * dy) / np.where(length > 0, length, 1.0), 0.0, 1.0)
    distance: Floats = np.hypot(ax + along * dx, ay + along * dy).min(axis=1)
    return distance
