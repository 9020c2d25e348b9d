"""Look up in which area a point lies (点落区).

``layers``   areas from GeoJSON, checked, at a date
``raster``   the index: point to area, exactly
``exactly``  on which side of a line a point lies, without rounding
``nearest``  the nearest area of a point outside
``datums``   WGS-84 and GCJ-02
"""
