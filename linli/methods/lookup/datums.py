"""WGS-84 and GCJ-02 (坐标系换算): maps of China published online are shifted by up to some 500 m.

Method: the published approximation of the GCJ-02 shift on the Krasovsky 1940 ellipsoid; the way back by fixed-point
iteration, which meets it to better than 1e-9° (0.1 mm). Outside the bounding box of the shift nothing changes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DATUMS = ("WGS-84", "GCJ-02")
AXIS, FLATNESS = 6378245.0, 0.00669342162296594323  # Krasovsky 1940: semi-major axis in m, first eccentricity squared
ROUNDS = 8


def datum_named(name: str) -> str:
    """The datum that a name means.

    Raises:
        ValueError: in Chinese, an unknown one.
    """
    folded = name.strip().upper().replace("-", "").replace("_", "").replace(" ", "")
    known = {"WGS84": "WGS-84", "EPSG:4326": "WGS-84", "CRS84": "WGS-84", "GCJ02": "GCJ-02"}
    if folded not in known:
        raise ValueError(f"不认识坐标系“{name[:30]}”，可用：{'、'.join(DATUMS)}。")
    return known[folded]


def convert(lon: Floats, lat: Floats, source: str, target: str) -> tuple[Floats, Floats]:
    """Convert degrees from one datum to another of `DATUMS`. O(n).

    >>> [round(float(value[0]), 6) for value in convert(np.array([114.3]), np.array([30.5]), "WGS-84", "WGS-84")]
    [114.3, 30.5]
    """
    if source == target:
        return lon, lat
    if target == "GCJ-02":
        east, north = _shift(lon, lat)
        return lon + east, lat + north
    x, y = lon.copy(), lat.copy()
    for _ in range(ROUNDS):
        east, north = _shift(x, y)
        x, y = lon - east, lat - north
    return x, y


def _shift(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Degrees east and north by which GCJ-02 lies from WGS-84."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    fine = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + fine
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + fine
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    angle = np.radians(lat)
    bend = 1 - FLATNESS * np.sin(angle) ** 2
    north = north * 180.0 / (AXIS * (1 - FLATNESS) / (bend * np.sqrt(bend)) * np.pi)
    east = east * 180.0 / (AXIS / np.sqrt(bend) * np.cos(angle) * np.pi)
    within = (lon > 72.004) & (lon < 137.8347) & (lat > 0.8293) & (lat < 55.8271)
    return np.where(within, east, 0.0), np.where(within, north, 0.0)
