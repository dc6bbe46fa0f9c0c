"""What was repaired or left out of a timetable is said wherever a person looks: stderr, the plan, the summary, the report."""

import json
from pathlib import Path

from tests.citybeat.commands import citybeat, summary_of

FEED = {
    "agency": "agency_id,agency_name,agency_url,agency_timezone\n1,Tiny,http://tiny.example,Asia/Shanghai\n",
    "stops": "stop_id,stop_name,stop_lat,stop_lon\nA,a,31.23,121.40\nB,b,0,0\nC,c,31.23,121.41\n",
    "routes": "route_id,agency_id,route_short_name,route_type\nr1,1,One,3\n",
    "trips": "route_id,service_id,trip_id,direction_id,block_id\nr1,wk,t1,0,b\nr1,wk,flex,1,b\n",
    "calendar_dates": "service_id,date,exception_type\nwk,20150302,1\n",
    "stop_times": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "t1,07:00:00,07:00:00,A,1\nt1,07:02:00,07:02:00,B,2\nt1,07:05:00,07:05:00,C,3\nflex,,,A,1\nflex,,,C,2\n"
    ),
}
LEFT_OUT = "1 trips have no time at their first or last stop and were left out (first: stop_times.txt line 5)"
PASSED_BY = "1 stop times at stops without a place on earth were left out (first: stop_times.txt line 3)"


def test_notes_are_on_stderr_in_the_plan_in_the_summary_and_in_the_report(tmp_path: Path) -> None:
    (tmp_path / "feed").mkdir()
    for name, text in FEED.items():
        (tmp_path / "feed" / f"{name}.txt").write_text(text)
    run = ("run", "bus_arrivals", "--set", "buses.gtfs=feed", "--for", "2m", "--warm-up", "0s", "--speed", "max", "--broker", "none")
    planned, ended = citybeat(*run, "--plan", cwd=tmp_path), citybeat(*run, "--json", cwd=tmp_path)
    summary = summary_of(tmp_path)
    assert json.loads(ended.stdout) == summary
    report = next(tmp_path.glob("runs/*/report.html")).read_text()
    for text in (LEFT_OUT, PASSED_BY):
        assert (planned.stdout.count(text), text in planned.stderr) == (1, False)
        assert text in ended.stderr
        assert text in [note["text"] for note in summary["notes"]]
        assert text.partition(" (first")[0].removeprefix("1 ") in report
    assert {(note["file"], note["line"], note["count"]) for note in summary["notes"]} >= {
        ("stop_times.txt", 5, 1),
        ("stop_times.txt", 3, 1),
    }
