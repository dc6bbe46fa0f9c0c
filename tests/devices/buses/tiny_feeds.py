"""A small GTFS feed as a dictionary of texts, to be changed and written by tests."""

import zipfile
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np

from devices.buses.network.arrays import Network, Trip
from devices.buses.network.gtfs.reading import read_gtfs

Files = dict[str, str]


def tiny() -> Files:
    """Return a feed of one line with four stops 476 m apart, one trip out at 07:00 and one back at 07:30, Monday to Friday."""
    return {
        "agency": "agency_id,agency_name,agency_url,agency_timezone\n1,Tiny Transit,http://tiny.example,Asia/Shanghai\n",
        "stops": (
            "stop_id,stop_name,stop_lat,stop_lon\n"
            "A,Alpha,31.23,121.400\nB,Beta,31.23,121.405\nC,Gamma,31.23,121.410\nD,Delta,31.23,121.415\n"
        ),
        "routes": "route_id,agency_id,route_short_name,route_long_name,route_type\nr1,1,One,Alpha to Delta,3\n",
        "trips": "route_id,service_id,trip_id,direction_id\nr1,wk,t1,0\nr1,wk,t2,1\n",
        "calendar": (
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nwk,1,1,1,1,1,0,0,20150302,20150313\n"
        ),
        "stop_times": stop_times(t1="A 7:00 B 7:02 C 7:05 D 7:09", t2="D 7:30 C 7:33 B 7:36 A 7:39"),
    }


def stop_times(**trips: str) -> str:
    """Return stop_times.txt of trips written as `A 7:00 B 7:02`; a stay is `A 7:00-7:01`, a stop without a time `A -`."""
    lines = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"]
    for trip, calls in trips.items():
        words = calls.split()
        for place, (stop, time) in enumerate(zip(words[::2], words[1::2], strict=True), start=1):
            arrive, _, depart = time.partition("-")
            lines.append(f"{trip},{_clock(arrive)},{_clock(depart or arrive)},{stop},{place}")
    return "\n".join(lines) + "\n"


def _clock(text: str) -> str:
    return f"{text}:00" if text else ""


def write_zip(folder: Path, files: Files, *, inside: str = "") -> Path:
    """Write a feed as a zip, its files inside a folder of the zip if one is named."""
    path = folder / "tiny.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{inside}{name}.txt", text)
    return path


def network_of(folder: Path, files: Files) -> Network:
    """Read a feed written as a zip."""
    return read_gtfs(write_zip(folder, files))


def texts(network: Network) -> list[str]:
    """Return a network's notes in words."""
    return [note.text() for note in network.notes]


def clocks(trip: Trip) -> list[str]:
    """Return a trip's arrivals as texts, to the second below."""
    return [str(timedelta(seconds=int(at // 1_000_000))) for at in trip.arrive_us]


def assert_sound(network: Network) -> None:
    """Assert what every network promises: arrivals and distances strictly increase, trips of a block do not overlap."""
    for trip in network.trips:
        assert len(trip.arrive_us) == len(network.patterns[trip.pattern])
        assert (trip.arrive_us[1:] > trip.depart_us[:-1]).all()
        assert (trip.depart_us >= trip.arrive_us).all()
    for pattern in network.patterns:
        assert (np.diff(pattern.distance_m) > 0).all()
        assert (np.diff(pattern.shape_m) >= 0).all()
        assert pattern.shape_m[0] == pattern.distance_m[0] == 0
        assert np.isclose(pattern.shape_m[-1], pattern.distance_m[-1])
    assert sorted(trip for trips in network.blocks.values() for trip in trips) == list(range(len(network.trips)))
    for name, trips in network.blocks.items():
        assert all(network.trips[trip].block == name for trip in trips)
        ends = [(network.trips[trip].depart_us[0], network.trips[trip].arrive_us[-1]) for trip in trips]
        assert all(ended <= begun for (_, ended), (begun, _) in pairwise(ends))
