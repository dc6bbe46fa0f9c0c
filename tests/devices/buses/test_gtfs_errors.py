import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.buses.network.gtfs import calls as gtfs_calls
from devices.buses.network.gtfs import feed as gtfs_feed
from devices.buses.network.gtfs import patterns as gtfs_patterns
from devices.buses.network.gtfs import reading as gtfs
from devices.buses.network.gtfs.reading import read_gtfs
from devices.buses.network.gtfs.tables import TABLES
from sim.errors import UsageError
from tests.devices.buses.tiny_feeds import Files, assert_sound, network_of, stop_times, tiny, write_zip


def refusal(folder: Path, files: Files) -> str:
    with pytest.raises(UsageError) as refused:
        network_of(folder, files)
    return str(refused.value)


def test_a_feed_that_is_not_there_is_refused_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.zip: no such GTFS feed"):
        read_gtfs(tmp_path / "nowhere.zip")


@pytest.mark.parametrize("content", [b"", b"not a zip at all", b"PK\x03\x04 broken"])
def test_an_empty_or_broken_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.zip"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"broken\.zip is not a readable zip file"):
        read_gtfs(path)


def test_a_zip_damaged_within_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path, tiny())
    content = path.read_bytes()
    place = content.index(b"Alpha to Delta")
    path.write_bytes(content[:place] + b"Omega" + content[place + 5 :])
    with pytest.raises(UsageError, match=r"not a readable zip file .*CRC"):
        read_gtfs(path)


def test_a_zip_without_any_gtfs_file_lists_all_that_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("photo.jpg", "x")
    with pytest.raises(UsageError) as refused:
        read_gtfs(path)
    for name in ("agency", "stops", "routes", "trips", "stop_times"):
        assert f"{name}.txt is missing" in str(refused.value)
    assert "calendar.txt and calendar_dates.txt are both missing or empty" in str(refused.value)


def test_missing_files_and_columns_are_told_all_at_once(tmp_path: Path) -> None:
    files = tiny()
    del files["agency"]
    files["stops"] = "stop_id,stop_name\nA,Alpha\n"
    files["stop_times"] = ""
    message = refusal(tmp_path, files)
    assert "agency.txt is missing" in message
    assert "stops.txt lacks the columns stop_lat, stop_lon" in message
    assert "stop_times.txt is missing or empty" in message
    lacking = tiny() | {"stop_times": "trip;time\n"}
    assert "lacks the columns trip_id, arrival_time or departure_time, stop_id, stop_sequence" in refusal(tmp_path, lacking)
    assert "separate its fields with commas, not with semicolons" in refusal(tmp_path, lacking)


Change = Callable[[Files], Files]


def replaced(name: str, old: str, new: str) -> Change:
    return lambda files: files | {name: files[name].replace(old, new, 1)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (replaced("agency", "Asia/Shanghai", "Asia/Atlantis"), "agency.txt: agency_timezone: unknown time zone 'Asia/Atlantis'"),
        (replaced("agency", "Asia/Shanghai", ""), "agency.txt names no agency_timezone"),
        (replaced("calendar", "20150302", "2 March"), "calendar.txt line 2: start_date '2 March' is not a date"),
        (replaced("calendar", "1,1,1,1,1,0,0", "0,0,0,0,0,0,0"), "no bus trip runs on any day"),
        (replaced("calendar", "20150313", "20150201"), "no bus trip runs on any day"),
        (replaced("calendar", "wk,", "other,"), "no bus trip runs on any day"),
        (replaced("agency", "Tiny Transit", "x" * 1_001), "agency.txt line 2: agency_name: longer than 1,000 characters"),
    ],
)
def test_what_makes_a_feed_unusable_is_told_with_file_and_line(tmp_path: Path, change: Change, message: str) -> None:
    told = refusal(tmp_path, change(tiny()))
    assert told.startswith("tiny.zip is not a usable GTFS feed:")
    assert message in told


LEFT_OUT = [
    (replaced("stop_times", "7:05:00,7:05:00", "6:05:00,6:05:00"), "a time earlier than the one before", "stop_times.txt line 4"),
    (replaced("stop_times", "7:05:00,7:05:00", "7:05:00,7:04:00"), "a time earlier than the one before", "stop_times.txt line 4"),
    (replaced("stop_times", "7:05:00", "7.05"), "a time that cannot be read ('7.05 7:05:00')", "stop_times.txt line 4"),
    (replaced("stop_times", "7:05:00", "7:65:00"), "a time that cannot be read", "stop_times.txt line 4"),
    (replaced("stop_times", "7:00:00,7:00:00", ","), "no time at their first or last stop", "stop_times.txt line 2"),
    (replaced("stop_times", "7:09:00,7:09:00", "31:09:00,31:09:00"), "take more than a day", "stop_times.txt line 2"),
    (replaced("stop_times", "C,3", "C,three"), "calls without a stop_sequence", "stop_times.txt line 4"),
    (replaced("stop_times", "C,3", "C,2.5"), "calls without a stop_sequence", "stop_times.txt line 4"),
    (replaced("trips", "r1,wk,t1", "r7,wk,t1"), "are of no known route", "trips.txt line 2"),
    (replaced("trips", "r1,wk,t1", "r1,other,t1"), "are of no known service", "trips.txt line 2"),
    (replaced("trips", "r1,wk,t1", "r1,,t1"), "are of no known service", "trips.txt line 2"),
    (lambda files: files | {"stop_times": stop_times(t2="D 7:30 C 7:33 B 7:36 A 7:39")}, "have no stop times", "trips.txt line 2"),
    (lambda files: files | {"stop_times": stop_times(t1="A 7:00", t2="D 7:30 A 7:39")}, "fewer than two stops", "stop_times.txt line 2"),
    (
        lambda files: files | {"frequencies": "trip_id,start_time,end_time,headway_secs\nt1,06:00:00,07:00:00,0\n"},
        "no usable headway in frequencies.txt",
        "trips.txt line 2",
    ),
]


@pytest.mark.parametrize(("change", "why", "place"), LEFT_OUT)
def test_a_trip_that_cannot_run_is_left_out_and_noted(tmp_path: Path, change: Change, why: str, place: str) -> None:
    network = network_of(tmp_path, change(tiny()))
    assert_sound(network)
    assert [trip.trip_id for trip in network.trips] == ["t2"]
    (note,) = [note for note in network.notes if why in note.what and ("left out" in note.what or "never run" in note.what)]
    assert (note.count, f"{note.file} line {note.line}") == (1, place)


def test_a_feed_of_which_no_trip_remains_is_refused_with_all_that_was_left_out(tmp_path: Path) -> None:
    message = refusal(tmp_path, tiny() | {"stop_times": stop_times(t1="A 7:00", t2="D 7:30 A 7:20")})
    assert "no bus trip of the day can be driven" in message
    assert "1 trips with fewer than two stops were left out (first: stop_times.txt line 2)" in message
    assert "1 trips have a time earlier than the one before and were left out (first: stop_times.txt line 4)" in message


@pytest.mark.parametrize(
    ("change", "why", "count"),
    [
        (replaced("stop_times", "C,3", "X,3"), "name no stop, or an unknown one", 1),
        (replaced("stop_times", "C,3", ",3"), "name no stop, or an unknown one", 1),
        (replaced("stops", "31.23,121.410", "31.23,east"), "without a place on earth", 2),
        (replaced("stops", "31.23,121.410", ","), "without a place on earth", 2),
        (replaced("stops", "31.23,121.410", "131.23,121.410"), "without a place on earth", 2),
        (replaced("stops", "31.23,121.410", "31.23,181"), "without a place on earth", 2),
        (replaced("stops", "31.23,121.410", "0,0"), "without a place on earth", 2),
        (replaced("stops", "31.23,121.410", "0.0,0.000"), "without a place on earth", 2),
        (replaced("stops", "31.23,121.410", "31.23,12.1410"), "far from all others of their trips", 2),
    ],
)
def test_calls_at_stops_that_cannot_be_are_left_out_and_their_trips_run(tmp_path: Path, change: Change, why: str, count: int) -> None:
    network = network_of(tmp_path, change(tiny()))
    assert_sound(network)
    assert [trip.trip_id for trip in network.trips] == ["t1", "t2"]
    assert sum(len(trip.arrive_us) for trip in network.trips) == 8 - count
    (note,) = [note for note in network.notes if why in note.what]
    assert (note.count, note.file, note.line) == (count, "stop_times.txt", 4)


@pytest.mark.parametrize("place", ["121.410,31.23", "52.51,13.41"])
def test_latitude_and_longitude_exchanged_are_put_right(tmp_path: Path, place: str) -> None:
    files = tiny()
    if place.startswith("52"):  # near Berlin both can be a latitude; beside the others only one of them is
        files["stops"] = "stop_id,stop_name,stop_lat,stop_lon\nA,,52.50,13.40\nB,,52.505,13.405\nC,,13.41,52.51\nD,,52.515,13.415\n"
    else:
        files["stops"] = files["stops"].replace("31.23,121.410", place)
    network = network_of(tmp_path, files)
    latitude = network.stops[2].latitude
    assert (latitude, len(network.trips[0].arrive_us)) == (pytest.approx(network.stops[1].latitude, abs=0.01), 4)
    assert "1 stops have latitude and longitude exchanged: put right (first: stops.txt line 4)" in [note.text() for note in network.notes]


def test_stop_times_of_unknown_trips_are_left_out_and_counted(tmp_path: Path) -> None:
    files = tiny()
    files["stop_times"] += "".join(f"ghost{n},07:00:00,07:00:00,A,1\n" for n in range(20))
    assert "20 stop times belong to no trip and were left out (first: stop_times.txt line 10)" in [
        note.text() for note in network_of(tmp_path, files).notes
    ]


def test_a_route_type_that_is_no_number_leaves_the_route_out(tmp_path: Path) -> None:
    message = refusal(tmp_path, replaced("routes", ",3", ",bus")(tiny()))
    assert "routes.txt has no bus routes" in message
    assert "1 times route_type is not a number, such as 'bus' (first: routes.txt line 2)" in message


def test_a_feed_without_buses_says_what_it_has(tmp_path: Path) -> None:
    files = tiny()
    files["routes"] = "route_id,route_type\nr1,1\nr2,4\nr3,4\n"
    assert "no bus routes (route_type 3, 11, 700-799 or 800); its routes are 1 of type 1, 2 of type 4" in refusal(tmp_path, files)


def test_an_empty_file_is_missing_if_needed_and_passed_over_if_not(tmp_path: Path) -> None:
    assert_sound(network_of(tmp_path, tiny() | {"calendar_dates": "", "shapes": "", "frequencies": ""}))
    message = refusal(tmp_path, tiny() | {"calendar": "", "calendar_dates": ""})
    assert "calendar.txt and calendar_dates.txt are both missing or empty" in message


def test_a_quote_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    files = tiny()
    files["stops"] = files["stops"].replace("C,Gamma", 'C,"Gamma')
    assert "stops.txt line 4: a quote opens a field and is never closed" in refusal(tmp_path, files)


@given(st.data())
def test_a_feed_changed_anywhere_is_read_soundly_or_refused_with_its_place(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    files = tiny() | {
        "frequencies": "trip_id,start_time,end_time,headway_secs\nt2,06:00:00,07:00:00,1200\n",
        "shapes": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\nh1,31.23,121.40,1\nh1,31.23,121.42,2\n",
    }
    name = data.draw(st.sampled_from(sorted(files)))
    rows = [row.split(",") for row in files[name].splitlines()]
    row = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[row]) - 1))
    rows[row][column] = data.draw(
        st.sampled_from(["", "x", "-1", "0", "1e9", "99:00:00", "nan", "inf", '"', "A", "wk", "20150302", "\x00"])
    )
    files[name] = "\n".join(",".join(row) for row in rows) + "\n"
    try:
        network = network_of(tmp_path_factory.mktemp("feed"), files)
    except UsageError as refused:
        assert ".txt" in str(refused)  # noqa: PT017 - either outcome is right
    else:
        assert_sound(network)


@pytest.mark.parametrize(
    ("owner", "bound", "message"),
    [
        (gtfs_calls, "MOST_CALLS", "its trips of one day have more than 3 stop times"),
        (gtfs_patterns, "POINTS_MOST", "the shapes of one day have more than 3 points"),
        (gtfs, "MOST_TRIPS", "4 trips run on 2015-03-02, more than the 3 that are simulated"),
    ],
)
def test_more_than_can_be_run_in_memory_is_refused_with_the_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: ModuleType, bound: str, message: str
) -> None:
    monkeypatch.setattr(owner, bound, 3)
    files = tiny() | {
        "trips": "route_id,service_id,trip_id,direction_id,shape_id\nr1,wk,t1,0,h1\nr1,wk,t2,1,h1\n",
        "frequencies": "trip_id,start_time,end_time,headway_secs\nt2,06:00:00,07:00:00,1200\n",
        "shapes": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n" + "".join(f"h1,31.23,121.4{n},{n}\n" for n in range(9)),
    }
    assert message in refusal(tmp_path, files)


def test_a_table_with_too_many_rows_is_refused_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gtfs_feed, "TABLES", tuple(replace(table, most_rows=5) for table in TABLES))
    assert "stop_times.txt has more than 5 rows, the most that is read" in refusal(tmp_path, tiny())


def test_a_trip_of_thousands_of_stops_is_left_out(tmp_path: Path) -> None:
    calls = "".join(f"t1,07:{n // 60:02d}:{n % 60:02d},,{'ABCD'[n % 4]},{n}\n" for n in range(2_001))
    files = tiny() | {"stop_times": stop_times(t2="D 7:30 A 7:39") + calls}
    assert "1 trips have more than 2,000 stops, the most that is run, and were left out (first: stop_times.txt line 4)" in [
        note.text() for note in network_of(tmp_path, files).notes
    ]


def test_a_road_of_countless_points_is_thinned_and_not_multiplied_by_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n" + "".join(
        f"h1,31.23,{121.4 + 0.015 * n / 3_000:.6f},{n}\n" for n in range(3_001)
    )
    files = tiny() | {"trips": "route_id,service_id,trip_id,direction_id,shape_id\nr1,wk,t1,0,h1\nr1,wk,t2,1,\n", "shapes": shapes}
    expected = network_of(tmp_path, files).patterns[0].distance_m
    monkeypatch.setattr(gtfs_patterns, "CELLS_MOST", 400)  # 100 pieces of 14 m
    assert network_of(tmp_path, files).patterns[0].distance_m == pytest.approx(expected, abs=0.5)
