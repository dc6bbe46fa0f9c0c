"""What a centre lacks is said before the run."""

import pytest

from devices.alarms.centre.gaps import gaps
from devices.alarms.centre.parameters import CentreParameters


def test_the_default_centre_lacks_nobody() -> None:
    assert not gaps(CentreParameters())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"operators": 0}, ["the alarm centre has no operators: no call is answered"]),
        ({"care_trained": 0.0}, ["no operator is trained for emergency calls: none is answered"]),
        (
            {"shifts": "06:00-14:00, 14:30-23:00"},
            [
                "nobody is on duty at the alarm centre from 00:00 to 06:00",
                "nobody is on duty at the alarm centre from 14:00 to 14:30",
                "nobody is on duty at the alarm centre from 23:00 to 24:00",
            ],
        ),
        (
            {"operators": 1, "care_trained": 1.0, "shifts": "00:00-00:00"},  # the one operator has a break
            ["nobody is on duty at the alarm centre from 06:00 to 06:30"],
        ),
        (
            {"responders": {"fire_units": 0, "ambulance_units": 0}},
            [
                "no fire unit is on duty in the whole city: whoever needs one waits for ever",
                "no ambulance unit is on duty in the whole city: whoever needs one waits for ever",
            ],
        ),
    ],
)
def test_a_note_says_who_is_missing_and_when(given: dict[str, object], said: list[str]) -> None:
    assert [each.text() for each in gaps(CentreParameters(**given))] == said
