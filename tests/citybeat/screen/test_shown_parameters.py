"""What `scenarios show` prints of parameters."""

from citybeat.screen.shown import leaves
from devices.buses.system import Buses


def test_durations_are_shown_with_a_unit_and_numbers_without() -> None:
    shown = {place: value for place, value, _ in leaves(Buses())}
    assert shown["riders.patience"] == "30m"
    assert shown["links.lte_round_trip"] == "61ms"
    assert shown["riders.capacity"] == "80"


def test_a_duration_of_nothing_is_shown_with_its_unit() -> None:
    shown = {place: value for place, value, _ in leaves(Buses.model_validate({"dispatch": {"order_delay": "0s"}}))}
    assert shown["dispatch.order_delay"] == "0s"
