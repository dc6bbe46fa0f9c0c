"""What reading a timetable repaired or left out reaches the job, and through it everything a person reads."""

from datetime import date
from pathlib import Path

import pytest

from citybeat.__main__ import main
from citybeat.running.job import simulate
from devices.buses import system
from devices.buses.system import Buses
from sim.errors import UsageError
from sim.scenario import Scenario
from tests.devices.buses.tiny_feeds import tiny, write_zip


def test_the_job_of_a_feed_carries_its_notes(tmp_path: Path) -> None:
    job = simulate(Scenario(name="noted", systems=(Buses(gtfs=write_zip(tmp_path, tiny())),), warm_up=0))
    assert [note.text() for note in job.notes] == ["2 trips have no block: chained by line, terminal and layover"]


def test_a_run_of_more_trips_than_can_be_run_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "MOST_TRIPS", 5)
    buses = Buses(gtfs=write_zip(tmp_path, tiny()))
    with pytest.raises(UsageError, match=r"2 trips a day make 6 in 3 days, more than the 5 of a run: run fewer days"):
        simulate(Scenario(name="long", systems=(buses,), duration="50h", warm_up=0))


def test_the_day_that_is_run_decides_and_no_other_must_be_usable(tmp_path: Path) -> None:
    files = tiny()
    files["calendar"] += "tue,0,1,0,0,0,0,0,20150302,20150313\n"
    files["trips"] += "r1,tue,t3,0\nr1,tue,t4,0\nr1,tue,t5,0\n"
    files["calendar_dates"] = "service_id,date,exception_type\nwk,20150303,2\n"  # on the busiest day no trip has a stop
    buses = Buses(gtfs=write_zip(tmp_path, files))
    job = simulate(Scenario(name="noted", systems=(buses,), day=date(2015, 3, 4)))
    assert [note.text() for note in job.notes] == ["2 trips have no block: chained by line, terminal and layover"]
    with pytest.raises(UsageError, match="no bus trip of the day can be driven"):
        simulate(Scenario(name="noted", systems=(buses,), day=date(2015, 3, 3)))


def test_what_a_timetable_made_us_leave_out_is_told_before_the_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    feed = write_zip(tmp_path, tiny())
    for more in (("--plan",), ("--broker", "none", "--speed", "max")):
        assert main(["run", "bus_arrivals", "--set", f"buses.gtfs={feed}", "--for", "1m", "--warm-up", "0s", *more]) in (0, 3, 4)
        said = capsys.readouterr()
        told = "2 trips have no block: chained by line, terminal and layover"
        assert (f"note        {told}" in said.out) == (more == ("--plan",))  # once: in the plan, or on stderr
        assert (f"citybeat: note: {told}" in said.err) == (more != ("--plan",))
