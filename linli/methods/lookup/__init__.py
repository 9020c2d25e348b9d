"""Look up places: which one a text names, and in which area a point lies (地名识别、点落区).

``names``    places that a text names
``layers``   areas from GeoJSON, checked, at a date
``raster``   the index: point to area, exactly
``exactly``  on which side of a line a point lies, without rounding
``nearest``  the nearest area of a point outside
``datums``   WGS-84 and GCJ-02
"""

from linli.methods.lookup.names import Gazetteer, Hit, shorten

__all__ = ["Gazetteer", "Hit", "shorten"]
