"""Distances on the map: great circles, and polylines by the metre.

Owns the arithmetic of degrees and metres. Which points make a line, or a home, is the business of those who have them.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

EARTH_RADIUS_M = 6_371_008.8  # mean radius of the IUGG
DEGREE_M = float(np.pi / 180 * EARTH_RADIUS_M)

Metres = NDArray[np.float64]
Degrees = NDArray[np.float64]


def distance_m(latitude: ArrayLike, longitude: ArrayLike, other_latitude: ArrayLike, other_longitude: ArrayLike) -> Metres:
    """Return great-circle distances between WGS-84 points in degrees (haversine), broadcast as numpy does."""
    north, east, other_north, other_east = (np.radians(each) for each in (latitude, longitude, other_latitude, other_longitude))
    half = np.sin((other_north - north) / 2) ** 2 + np.cos(north) * np.cos(other_north) * np.sin((other_east - east) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0, 1))), dtype=np.float64)


def along_m(latitude: Degrees, longitude: Degrees) -> Metres:
    """Return the distance of each point of a polyline from its first, along it: shape (k,), starts at 0."""
    steps = distance_m(latitude[:-1], longitude[:-1], latitude[1:], longitude[1:])
    return np.concatenate([[0.0], np.cumsum(steps)])


def degrees_of(north_m: Metres, east_m: Metres, latitude: float | Degrees, longitude: float | Degrees) -> tuple[Degrees, Degrees]:
    """Return latitudes and longitudes of points given in metres from one place, or each from its own; good to a few tens of km."""
    return latitude + north_m / DEGREE_M, longitude + east_m / (DEGREE_M * np.cos(np.radians(latitude)))


def metres_of(latitude: Degrees, longitude: Degrees, origin_latitude: float, origin_longitude: float) -> tuple[Metres, Metres]:
    """Return metres north and east of a place: the inverse of `degrees_of`."""
    north = (latitude - origin_latitude) * DEGREE_M
    return north, (longitude - origin_longitude) * DEGREE_M * float(np.cos(np.radians(origin_latitude)))
