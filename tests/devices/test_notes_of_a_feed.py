"""What reading a timetable repaired or left out reaches the job, and through it everything a person reads."""

from pathlib import Path

from tiny_feeds import tiny, write_zip

from citybeat.job import simulate
from devices.buses.system import Buses
from sim.scenario import Scenario


def test_the_job_of_a_feed_carries_its_notes(tmp_path: Path) -> None:
    job = simulate(Scenario(name="noted", systems=(Buses(gtfs=write_zip(tmp_path, tiny())),), warm_up=0))
    assert [note.text() for note in job.notes] == ["2 trips have no block: chained by line, terminal and layover"]
