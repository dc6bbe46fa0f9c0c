import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_feeds import Files, assert_sound, network_of, stop_times, tiny, write_zip

from devices.buses.network.gtfs import read_gtfs
from sim.errors import UsageError


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
    assert "stop_times.txt lacks the columns trip_id, arrival_time or departure_time, stop_id, stop_sequence" in message


Change = Callable[[Files], Files]


def replaced(name: str, old: str, new: str) -> Change:
    return lambda files: files | {name: files[name].replace(old, new, 1)}


@pytest.mark.parametrize(
    ("change", "messages"),
    [
        (replaced("stop_times", "7:05:00,7:05:00", "6:05:00,6:05:00"), ["stop_times.txt line 4: the time is earlier", "trip 't1'"]),
        (replaced("stop_times", "7:05:00,7:05:00", "7:05:00,7:04:00"), ["stop_times.txt line 4: the time is earlier"]),
        (replaced("stop_times", "7:05:00", "7.05"), ["stop_times.txt line 4: arrival_time '7.05' is not a time"]),
        (replaced("stop_times", "7:05:00", "7:65:00"), ["stop_times.txt line 4: arrival_time '7:65:00' is not a time"]),
        (replaced("stop_times", "7:00:00,7:00:00", ","), ["stop_times.txt line 2: no time at the first or last stop of trip 't1'"]),
        (replaced("stop_times", "C,3", "X,3"), ["stop_times.txt line 4: unknown stop 'X'", "stops.txt"]),
        (replaced("stop_times", "C,3", ",3"), ["stop_times.txt line 4: no stop_id"]),
        (replaced("stop_times", "C,3", "C,three"), ["stop_times.txt line 4: stop_sequence 'three' is not a number"]),
        (replaced("stop_times", "t1,", "t9,"), ["stop_times.txt line 2: unknown trip 't9'", "trips.txt"]),
        (replaced("trips", "r1,wk,t2,1\n", "r1,wk,t2,1\nr1,wk,t3,0\n"), ["trips.txt line 4: trip 't3' has no stops"]),
        (replaced("trips", "r1,wk,t2", "r7,wk,t2"), ["trips.txt line 3: trip 't2' is of the unknown route 'r7'"]),
        (replaced("routes", ",3", ",bus"), ["routes.txt line 2: route_type 'bus' is not a number"]),
        (replaced("stops", "121.405", "east"), ["stops.txt line 3: stop_lon 'east' is not a number"]),
        (replaced("stops", "31.23,121.405", ","), ["stops.txt line 3: stop 'B' has no place on earth"]),
        (replaced("stops", "31.23,121.405", "131.23,121.405"), ["stops.txt line 3: stop 'B' has no place on earth"]),
        (replaced("agency", "Asia/Shanghai", "Asia/Atlantis"), ["agency.txt: agency_timezone: unknown time zone 'Asia/Atlantis'"]),
        (replaced("agency", "Asia/Shanghai", ""), ["agency.txt names no agency_timezone"]),
        (replaced("calendar", "20150302", "2 March"), ["calendar.txt line 2: start_date '2 March' is not a date"]),
        (replaced("calendar", "1,1,1,1,1,0,0", "0,0,0,0,0,0,0"), ["no bus trip runs on any day"]),
        (replaced("calendar", "20150313", "20150201"), ["no bus trip runs on any day"]),
        (replaced("calendar", "wk,", "other,"), ["no bus trip runs on any day"]),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(tmp_path: Path, change: Change, messages: list[str]) -> None:
    message = refusal(tmp_path, change(tiny()))
    assert message.startswith("tiny.zip is not a usable GTFS feed:")
    for each in messages:
        assert each in message


def test_problems_of_several_sorts_are_told_together(tmp_path: Path) -> None:
    files = replaced("stop_times", "C,3", "X,3")(replaced("stop_times", "7:02:00", "late")(tiny()))
    message = refusal(tmp_path, files)
    assert "unknown stop 'X'" in message
    assert "arrival_time 'late' is not a time" in message


def test_many_problems_of_one_sort_are_counted_not_listed(tmp_path: Path) -> None:
    files = tiny()
    files["stop_times"] += "".join(f"ghost{n},07:00:00,07:00:00,A,1\n" for n in range(20))
    message = refusal(tmp_path, files)
    assert message.count("unknown trip") == 5
    assert "; and 15 more: add the trip to trips.txt" in message


def test_a_feed_without_buses_says_what_it_has(tmp_path: Path) -> None:
    files = tiny()
    files["routes"] = "route_id,route_type\nr1,1\nr2,4\nr3,4\n"
    assert "no bus routes (route_type 3, 11, 700-799 or 800); its routes are 1 of type 1, 2 of type 4" in refusal(tmp_path, files)


def test_a_headway_that_is_not_positive_is_refused(tmp_path: Path) -> None:
    files = tiny() | {"frequencies": "trip_id,start_time,end_time,headway_secs\nt1,06:00:00,07:00:00,0\n"}
    assert "frequencies.txt line 2: start_time, end_time and a positive headway_secs are needed" in refusal(tmp_path, files)


def test_an_empty_file_is_missing_if_needed_and_passed_over_if_not(tmp_path: Path) -> None:
    assert_sound(network_of(tmp_path, tiny() | {"calendar_dates": "", "shapes": "", "frequencies": ""}))
    message = refusal(tmp_path, tiny() | {"calendar": "", "calendar_dates": ""})
    assert "calendar.txt and calendar_dates.txt are both missing or empty" in message


def test_a_quote_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    files = tiny()
    files["stops"] = files["stops"].replace("C,Gamma", 'C,"Gamma')
    assert "stops.txt cannot be read as CSV" in refusal(tmp_path, files)


def test_trips_that_all_have_one_stop_leave_nothing_to_run(tmp_path: Path) -> None:
    assert "no trip of the day has two stops" in refusal(tmp_path, tiny() | {"stop_times": stop_times(t1="A 7:00", t2="D 7:30")})


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
