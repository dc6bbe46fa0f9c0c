"""Laws of detectors: smoke is verified before it is an alarm, gas goes through its levels, valves close and are opened again."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise, zip_longest

from tests.devices.alarms.laws.log import HERE, SECOND_US, Law, Log, Row, said, unless

BY_DAY = (9, 20)
VALVE_S = 60.0
SHOWN_US = 5 * SECOND_US  # what is not at the centre by then had no path, or lost a try
ROUNDED = 0.051
NEXT = {"normal": {"low"}, "low": {"normal", "high"}, "high": {"low"}}


def _back(log: Log) -> dict[str, list[int]]:
    """Return when each device was heard again after its path was cut."""
    back = log.frame("heartbeat").filter("reconnect")
    return {device: sorted(group["us"]) for (device,), group in back.group_by("device")}


def _was_cut(back: list[int], from_us: int, until_us: int) -> bool:
    """Return whether a device came back within a stretch."""
    return bisect_right(back, until_us) > bisect_right(back, from_us)


def verified(log: Log) -> Iterator[str]:
    """A smoke alarm follows the pre-alarm of its detector, as long as verification takes at most; one that had no path is not asked."""
    pre: dict[str, list[int]] = {}
    for row in log.rows("detector_event"):
        if row["detector_step"] == "pre_alarm":
            pre.setdefault(row["device"], []).append(row["us"])
    calls, back = log.by("call", "alarm_id"), _back(log)
    for row in log.rows("alarm"):
        before_us = row["us"] - log.verification_us
        raised = row["alarm_type"] == "smoke" and (row["alarm_state"], row["qualifier"]) == ("raised", "1") and before_us >= log.start_us
        shown = any(call["us"] - row["us"] < SHOWN_US for call in calls.get(row["alarm_id"], ())[:1])
        if not raised or not shown or _was_cut(back.get(row["device"], []), before_us, row["us"]):
            continue
        times = pre.get(row["device"], [])
        place = bisect_right(times, row["us"])
        yield from unless(place > 0 and times[place - 1] >= before_us, row, "without a pre-alarm")


def sounded(log: Log) -> Iterator[str]:
    """A pre-alarm (118) is new once, and over when it is silenced in time; else it becomes an alarm."""
    raised = {
        (row["device"], row["began_us"]) for row in log.rows("alarm") if row["alarm_type"] == "smoke" and row["alarm_state"] == "raised"
    }
    ends_us = log.end_us
    for device, rows in log.by("detector_event", "device").items():
        own = [row for row in rows if row["code"] == "118"]
        for row, after in zip_longest(own, own[1:]):
            if row["detector_step"] != "pre_alarm" or row["us"] + log.verification_us > ends_us:
                continue
            hushed = after and after["detector_step"] == "hushed" and after["us"] - row["us"] <= log.verification_us
            yield from unless(bool(hushed) or (device, row["began_us"]) in raised, row, "a pre-alarm that comes to nothing")


def tests(log: Log) -> Iterator[str]:
    """Tests by hand (601) are made by day; a detector tests itself (602) at its hour."""
    for row in log.rows("detector_event"):
        yield from unless(row["began_us"] <= row["us"], row, "before it began")
        yield from unless((row["detector_step"] == "tested") == (row["code"] in ("601", "602")), row, "a code of another step")
        if row["code"] == "601":
            hour = datetime.fromtimestamp(row["us"] / SECOND_US, HERE).hour
            yield from unless(BY_DAY[0] <= hour < BY_DAY[1], row, "by hand at night")


def levels(log: Log) -> Iterator[str]:
    """A gas detector shows what its level says, and goes through the levels one by one; while it is above normal it samples often."""
    low, high = log.gas_levels
    back = _back(log)
    for rows in log.by("gas_sample", "device").values():
        for row in rows:
            shown = row["lel_percent"]
            right = {"normal": shown <= low + ROUNDED, "low": low - ROUNDED <= shown <= high + ROUNDED, "high": shown >= high - ROUNDED}
            yield from unless(right[row["gas_level"]], row, "shows another level")
        for before, after in pairwise(rows):
            right_next = after["gas_level"] in NEXT[before["gas_level"]] | {before["gas_level"]}
            cut = _was_cut(back.get(after["device"], []), before["us"], after["us"])
            yield from unless(right_next or cut, after, f"after {said(before)}")
            if before["gas_level"] != "normal" and not cut:
                late_us = after["us"] - before["us"] - log.sample_above_us
                yield from unless(late_us <= 0, after, f"{late_us / SECOND_US} s late after {said(before)}")


def gas_alarms(log: Log) -> Iterator[str]:
    """A gas alarm is raised at the low level, is worse at the high one, and is restored in clean air."""
    samples = {(row["device"], row["us"]): row for row in log.rows("gas_sample")}
    wanted = {("raised", "1"): {"low", "high"}, ("raised", "6"): {"high"}, ("restored", "3"): {"normal"}}  # high at once: mains are back
    for rows in log.by("alarm", "alarm_id").values():
        for row in (row for row in rows if row["alarm_type"] == "gas"):
            sample, level = samples.get((row["device"], row["us"])), wanted.get((row["alarm_state"], row["qualifier"]))
            if sample is not None and level is not None:
                yield from unless(sample["gas_level"] in level, row, f"at {said(sample)}")


def valves(log: Log) -> Iterator[str]:
    """A valve closes, or fails to, once in an alarm and soon after its high level, and is open again when the alarm is restored."""
    alarms = log.by("alarm", "alarm_id")
    for alarm_id, rows in log.by("valve_state", "alarm_id").items():
        steps = [row["valve"] for row in rows]
        right = steps in (["closed"], ["failed"], ["closed", "open"], ["failed", "open"], ["open"])
        yield from unless(right, rows[-1], f"valve {steps}")
        high = next((row for row in alarms.get(alarm_id, []) if row["qualifier"] == "6"), None)
        if high is None:
            yield from unless(steps == ["open"], rows[0], "closes without a high alarm")
            continue
        after_s = (rows[0]["us"] - high["us"]) / SECOND_US
        yield from unless(0 < after_s < VALVE_S, rows[0], f"{after_s} s after its high alarm")
        if rows[0]["valve"] == "closed":
            yield from unless(abs(after_s - rows[0]["closed_after_s"]) <= ROUNDED, rows[0], f"took {after_s} s")
        else:
            yield from unless(rows[0]["closed_after_s"] is None, rows[0], "closed after, and is not closed")
        yield from _reopened(rows[-1], alarms[alarm_id][-1])


def _reopened(last: Row, restored: Row) -> Iterator[str]:
    if restored["alarm_state"] == "restored":
        yield from unless(last["valve"] == "open" and last["us"] == restored["us"], last, f"valve at {said(restored)}")


def samples_know_the_valve(log: Log) -> Iterator[str]:
    """A sample says that the valve is open unless it has closed, or failed to, before."""
    moved = log.by("valve_state", "device")
    for device, rows in log.by("gas_sample", "device").items():
        own = moved.get(device, [])
        times = [row["us"] for row in own]
        for row in rows:
            place = bisect_right(times, row["us"])
            if place and times[place - 1] != row["us"]:
                yield from unless(row["valve_open"] == (own[place - 1]["valve"] == "open"), row, f"after {said(own[place - 1])}")


def calls_for_help(log: Log) -> Iterator[str]:
    """A press is of a hub, a pendant or a cord, each its own zone; a fall is found by a pendant, that nobody stirs by a hub."""
    zone = {"call_hub": 0, "pendant": 1, "pull_cord": 2}
    for row in log.rows("alarm"):
        if row["alarm_type"] != "personal" or row["alarm_state"] != "raised":
            continue
        device = next(each for each in zone if row["device"].endswith(each))
        yield from unless(row["zone"] == zone[device], row, f"zone of a {device}")
        yield from unless(row["code"] != "100" or device == "pendant", row, "a fall found by no pendant")
        yield from unless(row["code"] != "102" or device == "call_hub", row, "quiet at no hub")


def quiet(log: Log) -> Iterator[str]:
    """A rule is broken after its hours: 12 h with little water, 24 h without door or motion."""
    hours = {"water": 12, "door": 24, "motion": 24}
    for row in log.rows("inactivity"):
        yield from unless(row["quiet_h"] >= hours[row["rule"]], row, "too soon")


LAWS: tuple[Law, ...] = (verified, sounded, tests, levels, gas_alarms, valves, samples_know_the_valve, calls_for_help, quiet)
