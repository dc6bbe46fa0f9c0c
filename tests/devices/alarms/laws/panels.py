"""Laws of panels: which state follows which and after what delay, with which code, and which alarms belong to which state."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise, zip_longest

from tests.devices.alarms.laws.log import SECOND_US, TICKS_US, Law, Log, Row, said, unless

MOVES = {
    ("disarmed", "exit_delay"),
    ("disarmed", "armed_stay"),
    ("exit_delay", "armed_away"),
    ("exit_delay", "disarmed"),
    ("armed_away", "entry_delay"),
    ("armed_away", "disarmed"),
    ("armed_stay", "disarmed"),
    ("entry_delay", "disarmed"),
    ("entry_delay", "armed_away"),
}
CODES = {  # of a move, by the arming before and after
    ("disarmed", "armed_stay"): {("441", "3")},
    ("exit_delay", "armed_away"): {("401", "3"), ("403", "3")},
    ("entry_delay", "armed_away"): {(None, None)},
    ("disarmed", "exit_delay"): {(None, None)},
    ("armed_away", "entry_delay"): {(None, None)},
}
DISARMED = {("401", "1")}
BYPASSES = ("570", "575")
STAYS = (*BYPASSES, "374")
ALWAYS = ("137", "144", "121")  # 24 h zones and duress ask nobody whether the panel is armed
KEYHOLDER, LONGEST_ZONE = 99, 12


def _said(row: Row) -> tuple[str | None, str | None]:
    return row["code"], row["qualifier"]


def _areas(log: Log) -> dict[tuple[str, int], list[Row]]:
    return log.by("panel_state", "device", "partition")


def moves(log: Log) -> Iterator[str]:
    """A partition moves as panels do, and says so with the code that belongs to it."""
    for rows in _areas(log).values():
        for before, after in pairwise(rows):
            move = before["arming"], after["arming"]
            if after["code"] in STAYS:
                yield from unless(move[0] == move[1], after, f"a report that moves, after {before['arming']}")
                continue
            yield from unless(move in MOVES, after, f"from {before['arming']}")
            right = CODES.get(move, DISARMED)
            yield from unless(_said(after) in right, after, f"says {_said(after)} from {before['arming']}")


def delays(log: Log) -> Iterator[str]:
    """An exit delay ends when it is over or a code is entered; an entry delay does not begin before that, and lasts no longer than set."""
    for rows in _areas(log).values():
        moved = [row for row in rows if row["code"] not in STAYS]
        for before, after in pairwise(moved):
            lasted_us = after["us"] - before["us"]
            if before["arming"] == "exit_delay":
                right = abs(lasted_us - log.exit_us) <= TICKS_US if after["arming"] == "armed_away" else lasted_us < log.exit_us
                yield from unless(right, after, f"exit delay of {lasted_us / SECOND_US} s")
            if before["arming"] == "entry_delay":
                right = abs(lasted_us - log.entry_us) <= TICKS_US if after["arming"] == "armed_away" else lasted_us <= log.entry_us
                yield from unless(right, after, f"entry delay of {lasted_us / SECOND_US} s")


def people(log: Log) -> Iterator[str]:
    """What the panel does by itself is user 0's, a code is somebody's."""
    for row in log.rows("panel_state"):
        if row["code"] in ("401", "441"):
            yield from unless(row["user_code"] > 0, row, "a code of nobody")
        if row["code"] == "403":
            yield from unless(row["user_code"] == 0, row, "armed itself, and by somebody")


def bypasses(log: Log) -> Iterator[str]:
    """A zone is bypassed, or shut down, of an armed panel, and back when that is disarmed; meanwhile it raises nothing."""
    alarms = log.by("alarm", "device", "zone")
    for (device, zone), rows in log.by("panel_state", "device", "zone").items():
        own = [row for row in rows if row["code"] in BYPASSES]
        for code in BYPASSES:
            of_code = [row for row in own if row["code"] == code]
            for before, after in pairwise(of_code):
                yield from unless(before["qualifier"] != after["qualifier"], after, f"zone is {after['qualifier']} twice")
            for begin, end in zip_longest(of_code, of_code[1:]):
                if begin["qualifier"] != "1":
                    continue
                until_us = end["us"] if end else begin["us"]
                for row in alarms.get((device, zone), []):
                    raised = row["alarm_state"] == "raised"
                    within = begin["us"] + log.abort_us < row["us"] < until_us
                    yield from unless(not (raised and within), row, f"of a zone that is out: {said(begin)}")


def armed(log: Log) -> Iterator[str]:
    """An alarm is of a partition that is set for its zone when the zone was tripped; what is part set has no motion detectors."""
    areas = {area: ([row["us"] for row in rows], rows) for area, rows in _areas(log).items()}
    for row in log.rows("alarm"):
        if row["alarm_type"] != "burglar" or row["alarm_state"] != "raised" or row["code"] in ALWAYS:
            continue
        times, rows = areas.get((row["device"], row["partition"]), ([], []))
        place = bisect_right(times, row["us"] - log.abort_us)
        if place == 0:
            continue  # it has not moved since before the run
        held = rows[place - 1]["arming"]
        right = {"armed_away", "entry_delay"} if row["code"] in ("132", "134") else {"armed_away", "armed_stay", "entry_delay"}
        yield from unless(held in right, row, f"while {held}")


def sent(log: Log) -> Iterator[str]:
    """What is disarmed in the abort window is not sent."""
    areas = {area: ([row["us"] for row in rows], rows) for area, rows in _areas(log).items()}
    for row in log.rows("alarm"):
        if row["alarm_type"] != "burglar" or row["alarm_state"] != "raised" or row["code"] in ALWAYS:
            continue
        times, rows = areas.get((row["device"], row["partition"]), ([], []))
        begin, end = bisect_right(times, row["us"] - log.abort_us), bisect_right(times, row["us"])
        for moved in rows[begin:end]:
            yield from unless(moved["arming"] != "disarmed", row, f"disarmed before it was sent: {said(moved)}")


def reset(log: Log) -> Iterator[str]:
    """A burglar alarm latches until a code disarms its partition, which resets it; one that comes within the window cancels it."""
    codes = {area: [row["us"] for row in rows if row["code"] == "401" and row["qualifier"] == "1"] for area, rows in _areas(log).items()}
    for rows in log.by("alarm", "alarm_id").values():
        raised, last = rows[0], rows[-1]
        if raised["alarm_type"] != "burglar" or raised["code"] in ALWAYS:
            continue
        own = codes.get((raised["device"], raised["partition"]), [])
        after = own[bisect_left(own, raised["us"]) :]
        if last["alarm_state"] == "restored":
            yield from unless(bool(after) and abs(last["us"] - after[0]) <= TICKS_US, last, f"a code came at {after[:1]}")
        else:
            yield from unless(not after, last, f"was not reset by the code at {after[:1]}")
        for row in rows:
            if row["alarm_state"] == "cancelled" and raised["qualifier"] == "1":
                yield from unless(row["us"] - raised["us"] <= log.cancel_us, row, "cancelled after the window")


def exit_errors(log: Log) -> Iterator[str]:
    """An exit error (374) is sent with the entry/exit alarm that it makes."""
    sent_at = {(row["device"], row["us"]) for row in log.rows("alarm") if row["code"] == "134" and row["alarm_state"] == "raised"}
    for row in log.rows("panel_state"):
        if row["code"] == "374":
            yield from unless((row["device"], row["us"]) in sent_at, row, "without an alarm")


def zones(log: Log) -> Iterator[str]:
    """A zone belongs to one partition of its panel; entry/exit is zone 1, and there are no more than a dozen."""
    partition: dict[tuple[str, int], int] = {}
    for row in log.rows("alarm"):
        if row["alarm_type"] != "burglar" or row["alarm_state"] != "raised":
            continue
        key = row["device"], row["zone"]
        yield from unless(partition.setdefault(key, row["partition"]) == row["partition"], row, f"was of partition {partition[key]}")
        yield from unless((row["code"] == "134") == (row["zone"] == 1), row, "entry/exit is zone 1")
        yield from unless(0 <= row["zone"] <= LONGEST_ZONE and row["partition"] in (1, 2), row, "no zone of a home")


def nobody_is_locked_in(log: Log) -> Iterator[str]:
    """A panel that is armed away is disarmed before it is armed by whoever leaves next: nobody lives with it armed."""
    for rows in _areas(log).values():
        moved = [row for row in rows if row["code"] not in STAYS]
        for before, after in pairwise(moved):
            day_us = 20 * 3600 * SECOND_US
            long = before["arming"] == "armed_away" and after["us"] - before["us"] > day_us
            yield from unless(not long, after, f"armed for a day: {said(before)}")


LAWS: tuple[Law, ...] = (
    moves,
    delays,
    people,
    bypasses,
    armed,
    sent,
    reset,
    exit_errors,
    zones,
    nobody_is_locked_in,
)
