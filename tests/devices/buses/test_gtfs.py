import csv
import io
import os
import zipfile
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from devices.buses.network.arrays import Network
from devices.buses.network.gtfs import blocks as gtfs_blocks
from devices.buses.network.gtfs.reading import read_gtfs
from sim.errors import UsageError
from tests.devices.buses.tiny_feeds import Files, assert_sound, clocks, network_of, stop_times, texts, tiny, write_zip

HOUR, MINUTE = 3_600_000_000, 60_000_000


def shaped(files: Files, shape: str) -> Files:
    """Return the feed with its first trip on a shape of `latitude,longitude` points."""
    points = [f"h1,{point},{place}" for place, point in enumerate(shape.split(), start=1)]
    trips = "route_id,service_id,trip_id,direction_id,shape_id\nr1,wk,t1,0,h1\nr1,wk,t2,1,\n"
    return files | {"trips": trips, "shapes": "\n".join(["shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence", *points]) + "\n"}


def blocked(files: Files, *blocks: str, **trips: str) -> Files:
    """Return the feed with these trips, all outward, in these blocks."""
    rows = [f"r1,wk,{trip},0,{block}\n" for trip, block in zip(trips, blocks, strict=True)]
    return files | {"trips": "route_id,service_id,trip_id,direction_id,block_id\n" + "".join(rows), "stop_times": stop_times(**trips)}


CAIRNS = Path(os.environ.get("CITYBEAT_FEEDS") or Path(__file__).parents[4] / "shared" / "data") / "cairns_gtfs.zip"


@pytest.fixture(scope="module")
def cairns() -> Network:
    if not CAIRNS.exists():
        pytest.skip("the Cairns feed is not at hand")
    return read_gtfs(CAIRNS)


def published_minutes(path: Path) -> dict[str, list[int | None]]:
    """Read the arrivals of a feed, minutes after midnight by trip, with nothing of the code under test."""
    times: dict[str, list[tuple[int, int | None]]] = {}
    with zipfile.ZipFile(path) as archive, archive.open("stop_times.txt") as packed:
        for row in csv.DictReader(io.TextIOWrapper(packed, "utf-8-sig")):
            hour, _, rest = row["arrival_time"].partition(":")
            minute = int(hour) * 60 + int(rest[:2]) if rest else None
            times.setdefault(row["trip_id"], []).append((int(row["stop_sequence"]), minute))
    return {trip: [minute for _, minute in sorted(rows)] for trip, rows in times.items()}


def test_cairns_has_its_stops_lines_and_the_trips_of_its_busiest_weekday(cairns: Network) -> None:
    assert (cairns.zone, cairns.day) == ("Australia/Brisbane", date(2014, 5, 30))  # a Friday: 14 trips run on Fridays only
    assert (len(cairns.stops), len(cairns.lines), len(cairns.trips)) == (416, 22, 636)
    assert {line.district for line in cairns.lines} == {"Department of Transport and Main Roads - TransLink Division (qconnect)"}
    assert {line.fare_cents for line in cairns.lines} == {200}


def test_cairns_is_sound_though_thousands_of_its_neighbouring_stops_have_equal_times(cairns: Network) -> None:
    assert_sound(cairns)


def test_cairns_keeps_the_times_of_a_known_trip(cairns: Network) -> None:
    trip = next(trip for trip in cairns.trips if trip.trip_id == "CNS2014-CNS_MUL-Weekday-00-4165878")
    stops = [cairns.stops[stop].stop_id for stop in cairns.patterns[trip.pattern].stops]
    # In the file: 05:50 at the first two stops, 05:52 at the third.
    assert stops[:3] == ["750337", "750000", "750001"]
    assert clocks(trip)[0] == "5:50:00"
    assert 5 * HOUR + 50 * MINUTE < trip.arrive_us[1] < 5 * HOUR + 52 * MINUTE
    assert trip.arrive_us[2] == 5 * HOUR + 52 * MINUTE


def test_cairns_arrivals_move_only_between_the_times_of_the_file_but_for_a_few_impossible_ones(cairns: Network) -> None:
    published = published_minutes(CAIRNS)
    equal = moved = 0
    for trip in cairns.trips:
        before = published[trip.trip_id]
        equal += sum(one == other for one, other in pairwise(before) if one is not None)
        levels = sorted({minute for minute in before if minute is not None})
        for minute, arrival in zip(before, trip.arrive_us / MINUTE, strict=True):
            if minute is None or arrival == minute:
                continue
            place = levels.index(minute)
            low, high = (minute, levels[place + 1]) if minute != levels[-1] else (levels[place - 1], minute)
            moved += not low < arrival < high
    assert moved == 13  # at legs above 100 km/h
    assert equal == 2653  # of the 6,191 pairs in the file, those of this day


def test_cairns_stops_lie_as_far_apart_as_they_are_on_the_map(cairns: Network) -> None:
    gaps = np.concatenate([np.diff(pattern.distance_m) for pattern in cairns.patterns])
    assert 434 <= np.median(gaps) <= 700  # 434 m in a straight line


def test_cairns_on_a_saturday_is_another_day(cairns: Network) -> None:
    saturday = read_gtfs(CAIRNS, date(2014, 6, 7))
    assert len(saturday.trips) == 437
    assert saturday.version != cairns.version


def test_a_plain_feed_reads_as_written(tmp_path: Path) -> None:
    network = network_of(tmp_path, tiny())
    assert_sound(network)
    assert (network.zone, network.day, network.source) == ("Asia/Shanghai", date(2015, 3, 2), "tiny.zip")
    assert [(line.route, line.name, line.district) for line in network.lines] == [("r1", "One", "Tiny Transit")]
    assert [(stop.stop_id, stop.name) for stop in network.stops] == [("A", "Alpha"), ("B", "Beta"), ("C", "Gamma"), ("D", "Delta")]
    assert [pattern.direction for pattern in network.patterns] == [0, 1]
    assert clocks(network.trips[0]) == ["7:00:00", "7:02:00", "7:05:00", "7:09:00"]
    assert network.patterns[0].distance_m == pytest.approx([0, 475.4, 950.8, 1426.2], abs=0.5)


def test_trips_without_blocks_are_chained_where_they_turn(tmp_path: Path) -> None:
    network = network_of(tmp_path, tiny())
    assert network.blocks == {"r1-block-01": (0, 1)}
    assert texts(network) == ["2 trips have no block: chained by line, terminal and layover"]


def test_a_folder_and_a_folder_within_the_zip_are_feeds_too(tmp_path: Path) -> None:
    plain = network_of(tmp_path, tiny())
    nested = read_gtfs(write_zip(tmp_path, tiny() | {"readme": "hello"}, inside="export/feed/"))
    folder = tmp_path / "feed"
    folder.mkdir()
    for name, text in tiny().items():
        (folder / f"{name}.txt").write_text(text)
    assert plain.version == nested.version == read_gtfs(folder).version


def test_byte_order_mark_carriage_returns_spaces_quotes_and_blank_lines_change_nothing(tmp_path: Path) -> None:
    plain = network_of(tmp_path, tiny())
    rough = {name: "\ufeff" + text.replace("\n", "\r\n") + "\r\n" for name, text in tiny().items()}
    rough["stops"] = rough["stops"].replace("stop_id,stop_name", ' stop_id , "stop_name"').replace("B,Beta,", 'B, "Beta" , ')
    assert network_of(tmp_path, rough).version == plain.version


def test_names_may_hold_commas_and_any_script_or_be_missing(tmp_path: Path) -> None:
    files = tiny()
    files["stops"] = files["stops"].replace("Alpha", '"Quai, nord"').replace("Beta", "人民广场").replace("Gamma", "")
    files["routes"] = files["routes"].replace("One", "")
    network = network_of(tmp_path, files)
    assert [stop.name for stop in network.stops] == ["Quai, nord", "人民广场", "C", "Delta"]
    assert network.lines[0].name == "Alpha to Delta"


def test_times_after_midnight_count_on(tmp_path: Path) -> None:
    network = network_of(tmp_path, tiny() | {"stop_times": stop_times(t1="A 23:58 B 24:02 C 25:05 D 25:09", t2="D 7:30 A 7:39")})
    assert network.trips[0].arrive_us[-1] == 25 * HOUR + 9 * MINUTE


def test_a_clock_that_starts_anew_at_midnight_counts_on_and_is_noted(tmp_path: Path) -> None:
    times = stop_times(t1="A 23:58 B - C 0:02-0:04 D 0:09", t2="D 23:30 C 23:59-0:01 A 0:05")
    network = network_of(tmp_path, tiny() | {"stop_times": times})
    assert_sound(network)
    assert [trip.arrive_us[-1] / MINUTE for trip in network.trips] == [24 * 60 + 9, 24 * 60 + 5]
    assert "2 trips start their clock anew at midnight: counted on past 24:00" in texts(network)


def test_buses_of_a_line_in_one_direction_come_back_empty(tmp_path: Path) -> None:
    # 1,426 m at 15 km/h take 5:42, after 9 min of run and 3 of layover: back at 07:17:42.
    files = blocked(tiny(), "", "", "", t1="A 7:00 D 7:09", t2="A 7:17 D 7:26", t3="A 7:18 D 7:27")
    assert network_of(tmp_path, files).blocks == {"r1-block-01": (0, 2), "r1-block-02": (1,)}


def test_stops_come_in_the_order_of_their_sequence_not_of_the_file(tmp_path: Path) -> None:
    files = tiny()
    header, *rows = files["stop_times"].splitlines()
    files["stop_times"] = "\n".join([header, *reversed(rows)])
    assert network_of(tmp_path, files).version == network_of(tmp_path, tiny()).version


def test_untimed_stops_are_passed_at_even_speed_between_timed_ones(tmp_path: Path) -> None:
    network = network_of(tmp_path, tiny() | {"stop_times": stop_times(t1="A 7:00 B - C - D 7:09", t2="D 7:30 A 7:39")})
    assert network.trips[0].arrive_us / MINUTE - 420 == pytest.approx([0, 3, 6, 9], abs=1e-5)


def test_equal_times_are_spread_up_to_the_next_later_one(tmp_path: Path) -> None:
    network = network_of(tmp_path, tiny() | {"stop_times": stop_times(t1="A 7:00 B 7:00 C 7:00 D 7:09", t2="D 7:30 A 7:39")})
    assert network.trips[0].arrive_us / MINUTE - 420 == pytest.approx([0, 3, 6, 9], abs=1e-5)


def test_equal_times_at_the_end_give_way_before_the_last_stop(tmp_path: Path) -> None:
    network = network_of(tmp_path, tiny() | {"stop_times": stop_times(t1="A 7:00 B 7:09 C 7:09 D 7:09", t2="D 7:30 A 7:39")})
    assert network.trips[0].arrive_us / MINUTE - 420 == pytest.approx([0, 3, 6, 9], abs=1e-5)


def test_a_trip_at_a_single_time_goes_on_at_the_citys_mean_speed(tmp_path: Path) -> None:
    network = network_of(tmp_path, tiny() | {"stop_times": stop_times(t1="A 7:00 B 7:00 C 7:00 D 7:00", t2="D 7:30 A 7:39")})
    run_us = network.trips[0].arrive_us[-1] - network.trips[0].arrive_us[0]
    assert run_us == pytest.approx(1.4262 / 15.3 * HOUR, rel=0.001)
    assert_sound(network)


def test_a_stay_is_kept_and_gives_half_of_itself_to_a_ride_that_has_no_time(tmp_path: Path) -> None:
    times = stop_times(t1="A 7:00 B 7:03-7:05 C 7:05-7:07 D 7:09", t2="D 7:30 A 7:39")
    network = network_of(tmp_path, tiny() | {"stop_times": times})
    assert clocks(network.trips[0]) == ["7:00:00", "7:03:00", "7:06:00", "7:09:00"]
    assert (network.trips[0].depart_us / MINUTE - 420).tolist() == [0, 5, 7, 9]


@pytest.mark.parametrize("calls", ["A 7:00 B 7:02-7:04 C 7:04 D 7:04", "A 7:00 B 7:00-7:01 C - D 7:01", "A 7:00-7:02 B 7:02 C 7:02 D 7:02"])
def test_any_mix_of_stays_and_equal_times_comes_out_sound(tmp_path: Path, calls: str) -> None:
    assert_sound(network_of(tmp_path, tiny() | {"stop_times": stop_times(t1=calls, t2="D 7:30 A 7:39")}))


def test_only_one_of_arrival_and_departure_is_needed(tmp_path: Path) -> None:
    files = tiny()
    rows = [row.split(",") for row in files["stop_times"].splitlines()]
    files["stop_times"] = "\n".join(",".join([row[0], *row[2:]]) for row in rows)
    assert network_of(tmp_path, files).version == network_of(tmp_path, tiny()).version


def test_trips_at_a_headway_are_expanded_up_to_the_end_exclusive(tmp_path: Path) -> None:
    rows = "trip_id,start_time,end_time,headway_secs,exact_times\nt1,06:00:00,07:00:00,1200,0\nt1,25:00:00,25:10:30,315,1\n"
    network = network_of(tmp_path, tiny() | {"frequencies": rows})
    assert_sound(network)
    assert [trip.trip_id for trip in network.trips] == ["t1@06:00", "t1@06:20", "t1@06:40", "t1@25:00", "t1@25:05:15", "t2"]
    assert clocks(network.trips[1]) == ["6:20:00", "6:22:00", "6:25:00", "6:29:00"]


def headways(*rows: str) -> Files:
    return tiny() | {"frequencies": "trip_id,start_time,end_time,headway_secs,exact_times\n" + "".join(f"{row}\n" for row in rows)}


@pytest.mark.parametrize(
    ("rows", "hours"),
    [
        (["t1,22:00:00,02:00:00,3600,0"], [22, 23, 24, 25]),
        (["t1,22:00:00,26:00:00,3600,0"], [22, 23, 24, 25]),
        (["t1,05:00:00,01:00:00,18000,0"], [5, 10, 15, 20]),
        (["t1,22:00:00,00:00:00,3600,0"], [22, 23]),
        (["t1,06:00:00,09:00:00,3600,0", "t1,08:00:00,10:00:00,3600,0"], [6, 7, 8, 9]),
        (["t1,06:00:00,10:00:00,3600,0", "t1,07:30:00,09:30:00,7200,0"], [6, 7, 7.5]),
        (["t1,06:00:00,08:00:00,3600,0", "t1,06:00:00,08:00:00,3600,0"], [6, 7]),
        (["t1,06:00:00,08:00:00,3600,0", "t1,10:00:00,09:00:00,3600,0", "t1,11:00:00,11:00:00,600,0"], [6, 7]),
        (["t1,06:00:00,08:00:00,3600,0", "t1,late,09:00:00,3600,0", "t9,06:00:00,09:00:00,3600,0"], [6, 7]),
        (["t1,06:00:00,06:30:00,3600,1"], [6]),
    ],
)
def test_headways_over_midnight_overlapping_or_empty(tmp_path: Path, rows: list[str], hours: list[float]) -> None:
    network = network_of(tmp_path, headways(*rows))
    assert_sound(network)
    assert [trip.depart_us[0] / HOUR for trip in network.trips if trip.trip_id != "t2"] == hours


def test_what_is_done_to_headways_is_noted(tmp_path: Path) -> None:
    rows = "t1,22:00:00,02:00:00,3600,0", "t1,23:30:00,23:45:00,0,0", "t1,06:00:00,09:00:00,600,0", "t1,08:00:00,10:00:00,600,0"
    notes = texts(network_of(tmp_path, headways(*rows, "t9,06:00:00,09:00:00,3600,0")))
    assert "1 headways end after midnight: counted on past 24:00 (first: frequencies.txt line 2)" in notes
    assert "1 headways lack a start before an end or a positive headway_secs and were left out (first: frequencies.txt line 3)" in notes
    assert "1 headways overlap the next of their trip, which takes over from its start (first: frequencies.txt line 4)" in notes
    assert "1 headways are of no bus trip and were left out (first: frequencies.txt line 6)" in notes


def test_more_trips_than_can_be_run_are_refused_before_they_are_made(tmp_path: Path) -> None:
    rows = [f"t1,{hour}:00:00,{hour + 900}:00:00,1,0" for hour in range(60)]
    with pytest.raises(UsageError, match=r"3,452,401 trips run on 2015-03-02, more than the 500,000 .*: frequencies\.txt makes"):
        network_of(tmp_path, headways(*rows))


def test_a_service_with_two_seasons_runs_in_both_and_never_twice(tmp_path: Path) -> None:
    files = tiny()
    files["calendar"] += "wk,1,1,1,1,1,0,0,20150301,20150303\nwk,0,0,0,0,0,1,0,20150310,20150401\n"
    for day, count in ((date(2015, 3, 3), 2), (date(2015, 3, 13), 2), (date(2015, 3, 28), 2)):
        assert len(read_gtfs(write_zip(tmp_path, files), day).trips) == count
    assert network_of(tmp_path, files).day == date(2015, 3, 2)
    note = "2 rows repeat a service_id: it runs on the days of each (first: calendar.txt line 3)"
    assert note in texts(network_of(tmp_path, files))


def test_a_calendar_open_at_both_ends_is_read(tmp_path: Path) -> None:
    files = tiny()
    files["calendar"] = files["calendar"].replace("20150302,20150313", "00010101,99991231")
    assert read_gtfs(write_zip(tmp_path, files), date(2015, 3, 2)).day == date(2015, 3, 2)
    assert network_of(tmp_path, files).day.year == 1700


@pytest.mark.parametrize(
    "name", ["agency", "stops", "routes", "trips", "calendar", "stop_times", "shapes", "frequencies", "calendar_dates"]
)
def test_a_table_with_every_row_twice_says_what_it_says_once(tmp_path: Path, name: str) -> None:
    files = shaped(tiny(), "31.23,121.400 31.23,121.405 31.23,121.415") | {
        "frequencies": "trip_id,start_time,end_time,headway_secs\nt2,06:00:00,09:00:00,1200\n",
        "calendar_dates": "service_id,date,exception_type\nwk,20150303,2\n",
    }
    header, *rows = files[name].splitlines()
    twice = files | {name: "\n".join([header, *rows, *rows]) + "\n"}
    network = network_of(tmp_path, twice)
    assert network.version == network_of(tmp_path, files).version
    assert name == "agency" or any(note.file == f"{name}.txt" for note in network.notes)


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("stops", "B,Elsewhere,31.5,121.9"),
        ("trips", "r1,other,t1,1"),
        ("routes", "r1,1,Two,,1"),
        ("stop_times", "t1,7:04:00,7:04:00,B,2"),
        ("stop_times", "t1,,,C,2"),
        ("calendar_dates", "wk,20150303,1"),
    ],
)
def test_of_two_rows_under_one_key_the_first_is_taken_and_the_other_noted(tmp_path: Path, name: str, row: str) -> None:
    files = tiny() | {"calendar_dates": "service_id,date,exception_type\nwk,20150303,2\n"}
    network = network_of(tmp_path, files | {name: files[name] + row + "\n"})
    assert network.version == network_of(tmp_path, files).version
    assert any(" repeat a " in note.what and note.file == f"{name}.txt" and note.count == 1 for note in network.notes)


def test_columns_that_stand_twice_are_noted_and_the_first_is_read(tmp_path: Path) -> None:
    files = tiny()
    files["stops"] = "\n".join(f"{row},{row.rpartition(',')[2]}x" for row in files["stops"].splitlines()).replace("stop_lonx", "STOP_LON ")
    network = network_of(tmp_path, files)
    assert network.version == network_of(tmp_path, tiny()).version
    assert "columns stand twice, the first is read: stop_lon (stops.txt)" in texts(network)


def test_service_may_be_given_by_dates_only(tmp_path: Path) -> None:
    files = tiny() | {"calendar_dates": "service_id,date,exception_type\nwk,20150308,1\nwk,20150305,1\n"}
    del files["calendar"]
    assert network_of(tmp_path, files).day == date(2015, 3, 5)  # a Thursday; the 8th is a Sunday


def test_a_feed_that_runs_on_free_days_only_is_read_on_one(tmp_path: Path) -> None:
    files = tiny() | {"calendar_dates": "service_id,date,exception_type\nwk,20150308,1\n"}
    del files["calendar"]
    assert network_of(tmp_path, files).day == date(2015, 3, 8)


def test_a_holiday_taken_out_by_its_date_is_not_the_busiest_day(tmp_path: Path) -> None:
    dates = "service_id,date,exception_type\nwk,20150302,2\nwk,20150303,1\n"  # adding what runs anyway counts once
    assert network_of(tmp_path, tiny() | {"calendar_dates": dates}).day == date(2015, 3, 3)


def test_the_busiest_weekday_has_most_trips_and_the_first_of_equals_is_taken(tmp_path: Path) -> None:
    files = tiny()
    files["calendar"] += "fri,0,0,0,0,1,0,0,20150302,20150313\nsun,0,0,0,0,0,0,1,20150302,20150313\n"
    files["trips"] += "r1,fri,t3,0\nr1,sun,t4,0\nr1,sun,t5,0\nr1,sun,t6,0\nr1,sun,t7,0\n"
    files["stop_times"] = stop_times(t1="A 7:00 D 7:09", t2="D 7:30 A 7:39", **{f"t{n}": f"A {n + 6}:00 D {n + 6}:09" for n in range(3, 8)})
    network = network_of(tmp_path, files)
    assert (network.day, len(network.trips)) == (date(2015, 3, 6), 3)


def test_nodes_entrances_and_stations_need_no_place_and_a_platform_may_take_its_stations(tmp_path: Path) -> None:
    files = tiny()
    files["stops"] = (
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
        "A,Alpha,31.23,121.400,0,\nB,Beta,,,0,S\nC,Gamma,31.23,121.410,,\nD,Delta,31.23,121.415,0,\n"
        "S,Station,31.23,121.405,1,\nE,Door,,,2,S\nN,Node,,,3,S\nP,Area,,,4,B\n"
    )
    network = network_of(tmp_path, files)
    assert [stop.stop_id for stop in network.stops] == ["A", "B", "C", "D"]
    assert network.stops[1].longitude == 121.405


def test_a_shape_gives_the_way_and_its_length(tmp_path: Path) -> None:
    # Between B and C the road goes 0.01 degrees (1,112 m) north and comes back.
    network = network_of(tmp_path, shaped(tiny(), "31.23,121.400 31.23,121.405 31.24,121.405 31.24,121.410 31.23,121.410 31.23,121.415"))
    assert_sound(network)
    out = network.patterns[0]
    assert np.diff(out.distance_m) == pytest.approx([475.4, 475.4 + 2 * 1111.9, 475.4], abs=1)
    assert np.interp(1500, out.shape_m, out.shape_latitude) > 31.239
    assert len(network.patterns[1].shape_m) == 4  # no shape: straight lines


def test_a_shape_may_reach_beyond_the_ends(tmp_path: Path) -> None:
    network = network_of(tmp_path, shaped(tiny(), "31.23,121.390 31.23,121.420"))
    assert network.patterns[0].distance_m == pytest.approx([0, 475.4, 950.8, 1426.2], abs=0.5)
    assert network.patterns[0].shape_longitude == pytest.approx([121.400, 121.415], abs=1e-5)


def test_a_loop_that_passes_its_first_stop_again_ends_there(tmp_path: Path) -> None:
    loop = "31.23,121.400 31.23,121.405 31.24,121.405 31.24,121.400 31.23,121.400"
    files = shaped(tiny(), loop) | {"stop_times": stop_times(t1="A 7:00 B 7:02 A 7:09", t2="D 7:30 A 7:39")}
    network = network_of(tmp_path, files)
    assert network.patterns[0].distance_m == pytest.approx([0, 475.4, 2 * 475.4 + 2 * 1111.9], abs=1)


def test_a_road_driven_out_and_back_is_told_apart_by_the_order_of_stops(tmp_path: Path) -> None:
    files = shaped(tiny(), "31.23,121.400 31.23,121.415 31.23,121.400")
    files["stop_times"] = stop_times(t1="A 7:00 B 7:02 C 7:04 D 7:06 C 7:08 B 7:10 A 7:12", t2="D 7:30 A 7:39")
    network = network_of(tmp_path, files)
    assert np.diff(network.patterns[0].distance_m) == pytest.approx([475.4] * 6, abs=1)


def test_a_shape_far_from_the_stops_is_not_followed_and_noted(tmp_path: Path) -> None:
    network = network_of(tmp_path, shaped(tiny(), "31.33,121.400 31.33,121.415"))
    assert network.patterns[0].distance_m[-1] == pytest.approx(1426.2, abs=0.5)
    assert any("1 patterns run in straight lines" in note for note in texts(network))


def test_directions_are_told_apart_where_the_feed_does_not(tmp_path: Path) -> None:
    files = tiny()
    files["trips"] = "route_id,service_id,trip_id\nr1,wk,t1\nr1,wk,t2\nr1,wk,t3\n"
    files["stop_times"] = stop_times(t1="A 7:00 B 7:02 C 7:05 D 7:09", t2="D 7:30 B 7:36 A 7:39", t3="A 8:00 C 8:04")
    network = network_of(tmp_path, files)
    assert [network.patterns[trip.pattern].direction for trip in network.trips] == [0, 1, 0]


def test_declared_blocks_are_kept(tmp_path: Path) -> None:
    network = network_of(tmp_path, blocked(tiny(), "x", "y", "x", t1="A 7:00 D 7:09", t2="A 7:30 D 7:39", t3="A 8:00 D 8:09"))
    assert network.blocks == {"x": (0, 2), "y": (1,)}
    assert texts(network) == []


def test_a_declared_block_with_overlapping_trips_is_split_and_noted(tmp_path: Path) -> None:
    network = network_of(tmp_path, blocked(tiny(), "x", "x", "x", t1="A 7:00 D 7:09", t2="A 7:05 D 7:14", t3="D 7:09 A 7:18"))
    assert_sound(network)
    assert network.blocks == {"x": (0, 2), "x~2": (1,)}
    assert texts(network) == ["1 blocks have trips that overlap and were split among more vehicles"]


def test_a_trip_with_one_stop_is_left_out_and_noted(tmp_path: Path) -> None:
    network = network_of(tmp_path, tiny() | {"stop_times": stop_times(t1="A 7:00", t2="D 7:30 C 7:33 A 7:39")})
    assert [trip.trip_id for trip in network.trips] == ["t2"]
    assert clocks(network.trips[0]) == ["7:30:00", "7:33:00", "7:39:00"]
    assert "1 trips with fewer than two stops were left out (first: stop_times.txt line 2)" in texts(network)


def test_routes_other_than_buses_are_left_out_and_noted(tmp_path: Path) -> None:
    files = tiny()
    files["routes"] += "m1,1,M,Metro,1\nb2,1,Two,Express,702\nb3,1,Three,Trolley,11\n"
    files["trips"] += "m1,wk,t3,0\nb2,wk,t4,0\nb3,wk,t5,0\n"
    files["stop_times"] = stop_times(**{f"t{n}": f"A {n + 6}:00 D {n + 6}:09" for n in range(1, 6)})
    network = network_of(tmp_path, files)
    assert [line.route for line in network.lines] == ["r1", "b2", "b3"]
    assert "routes other than buses were left out: 1 of type 1" in texts(network)


def test_of_several_agencies_the_one_with_most_trips_names_the_district(tmp_path: Path) -> None:
    files = tiny()
    files["agency"] += "2,Big Transit,http://big.example,Asia/Shanghai\n"
    files["routes"] += "r2,2,Two,,3\n"
    files["trips"] += "r2,wk,t3,0\nr2,wk,t4,0\nr2,wk,t5,0\n"
    files["stop_times"] = stop_times(**{f"t{n}": f"A {n + 6}:00 D {n + 6}:09" for n in range(1, 6)})
    network = network_of(tmp_path, files)
    assert {line.district for line in network.lines} == {stop.district for stop in network.stops} == {"Big Transit"}


def test_fares_by_route_come_before_fares_for_all_and_the_default(tmp_path: Path) -> None:
    files = tiny()
    files["routes"] += "r2,1,Two,,3\n"
    files["trips"] += "r2,wk,t3,0\n"
    files["stop_times"] = stop_times(t1="A 7:00 D 7:09", t2="D 7:30 A 7:39", t3="A 7:00 D 7:09")
    fares = "fare_id,price,currency_type,payment_method,transfers\nf1,2.75,CNY,0,0\nf2,1.5,CNY,0,0\nf3,3,CNY,0,0\n"
    rules = "fare_id,route_id\nf2,r2\nf3,r2\n"
    assert {line.fare_cents for line in network_of(tmp_path, files).lines} == {200}
    priced = network_of(tmp_path, files | {"fare_attributes": fares, "fare_rules": rules})
    assert {line.route: line.fare_cents for line in priced.lines} == {"r1": 275, "r2": 150}
    assert read_gtfs(write_zip(tmp_path, files), default_fare_cents=350).lines[0].fare_cents == 350


def test_stop_times_on_demand_are_left_out_and_noted(tmp_path: Path) -> None:
    files = tiny()
    header, *rows = files["stop_times"].splitlines()
    files["stop_times"] = "\n".join([f"{header},location_id", *(f"{row}," for row in rows), "t1,,,,9,zone"])
    network = network_of(tmp_path, files)
    assert len(network.trips[0].arrive_us) == 4
    assert "1 stop times on demand, without a time of their own, were left out (first: stop_times.txt line 10)" in texts(network)


def test_every_trip_of_a_larger_feed_keeps_its_calls(tmp_path: Path) -> None:
    trips = {
        f"t{n}": " ".join(f"{stop} {6 + n % 12}:{n % 50 + place:02d}" for place, stop in enumerate("ABCD"[: 2 + n % 3])) for n in range(90)
    }
    files = tiny() | {
        "trips": "route_id,service_id,trip_id,direction_id\n" + "".join(f"r1,wk,{trip},0\n" for trip in trips),
        "stop_times": stop_times(**trips),
    }
    network = network_of(tmp_path, files)
    assert_sound(network)
    assert Counter(len(trip.arrive_us) for trip in network.trips) == {2: 30, 3: 30, 4: 30}
    assert [clocks(trip)[0] for trip in network.trips] == [f"{6 + n % 12}:{n % 50:02d}:00" for n in range(90)]


def test_a_date_is_taken_when_asked_for(tmp_path: Path) -> None:
    assert read_gtfs(write_zip(tmp_path, tiny()), date(2015, 3, 11)).day == date(2015, 3, 11)


@pytest.mark.parametrize(
    ("day", "message"),
    [
        (date(2016, 1, 4), "no service on 2016-01-04: its service runs from 2015-03-02 to 2015-03-13"),
        (date(2015, 3, 7), "no service on 2015-03-07, a Saturday, .*; the nearest day is 2015-03-06"),
    ],
)
def test_a_date_without_service_names_the_range(tmp_path: Path, day: date, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_gtfs(write_zip(tmp_path, tiny()), day)


def across(files: Files, *longitudes: str) -> Files:
    rows = (f"{stop},{stop},-16.80,{longitude}\n" for stop, longitude in zip("ABCD", longitudes, strict=True))
    return files | {"stops": "stop_id,stop_name,stop_lat,stop_lon\n" + "".join(rows)}


@pytest.mark.parametrize("where", [("179.99", "179.995", "-180", "-179.995"), ("-179.995", "180", "179.995", "179.99")])
@pytest.mark.parametrize("drawn", [False, True])
def test_a_line_over_the_antimeridian_takes_the_short_way(tmp_path: Path, where: tuple[str, ...], drawn: bool) -> None:  # noqa: FBT001 - of a table
    files = across(shaped(tiny(), " ".join(f"-16.80,{longitude}" for longitude in where)) if drawn else tiny(), *where)
    network = network_of(tmp_path, files)
    assert_sound(network)
    assert [len(trip.arrive_us) for trip in network.trips] == [4, 4]
    for pattern in network.patterns:
        assert np.diff(pattern.distance_m) == pytest.approx([532.2] * 3, abs=1)
        assert np.abs(np.diff(pattern.shape_longitude)).max() < 0.006


def test_a_block_of_more_trips_than_a_vehicle_can_run_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gtfs_blocks, "MOST_TRIPS", 2)
    network = network_of(tmp_path, blocked(tiny(), "x", "x", "x", t1="A 7:00 D 7:09", t2="D 7:30 A 7:39", t3="A 8:00 D 8:09"))
    assert_sound(network)
    assert network.blocks == {"r1-block-01": (0, 1, 2)}
    assert "1 blocks have more than 2 trips a day, no vehicle's work, and were not followed" in texts(network)


def test_names_given_to_blocks_are_never_those_of_the_feed(tmp_path: Path) -> None:
    trips = {"t1": "A 7:00 D 7:09", "t2": "A 7:05 D 7:14", "t3": "A 7:01 D 7:10", "t4": "A 7:02 D 7:11"}
    files = blocked(tiny(), "x", "x", "x~2", **{name: trips[name] for name in ("t1", "t2", "t3")})
    assert network_of(tmp_path, files).blocks == {"x": (0,), "x~2~": (1,), "x~2": (2,)}
    files = blocked(tiny(), "r1-block-01", "", "", **{name: trips[name] for name in ("t1", "t3", "t4")})
    assert set(network_of(tmp_path, files).blocks) == {"r1-block-01", "r1-block-01~", "r1-block-02"}
