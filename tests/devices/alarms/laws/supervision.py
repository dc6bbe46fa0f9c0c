"""Laws of supervision: heartbeats keep their rhythm, a lost path is found in its time and restored, and who is silent says nothing."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

import polars as pl

from tests.devices.alarms.laws.log import SECOND_US, Law, Log, Row, alternates, said, unless

WINDOW_S = {"25h": 90_000, "30min": 1_800, "3min": 180, "90s": 90}
PERIOD = 0.9  # of the reporting time
FOUND_BY_RECEIVER = ("350", "356")
TROUBLES = ("301", "302", "344", "380", "384", "393")
ROUNDED_S = 0.051
LATER_US = 3_600 * SECOND_US  # a new battery is reported soon after its first heartbeat, or before it


def _beats(log: Log, *, due: bool = False) -> pl.DataFrame:
    """Return heartbeats, each with the one of its path before it: `before_us`, and `had_percent` of its battery."""
    beats = log.frame("heartbeat")
    beats = beats.filter(~pl.col("reconnect")) if due else beats
    before = pl.col("us", "battery_percent").shift(1).over("device")
    with_both = beats.with_columns(before.name.map(lambda name: {"us": "before_us", "battery_percent": "had_percent"}[name]))
    window_us = pl.col("supervision_class").replace_strict(WINDOW_S, return_dtype=pl.Int64) * SECOND_US
    return with_both.drop_nulls("before_us").with_columns(apart_us=pl.col("us") - pl.col("before_us"), window_us=window_us)


def rhythm(log: Log) -> Iterator[str]:
    """Beats of a path that are due lie whole periods of its class apart."""
    beats = _beats(log, due=True)
    period_us = (pl.col("window_us") * PERIOD).cast(pl.Int64)
    for row in beats.filter((pl.col("apart_us") <= 0) | (pl.col("apart_us") % period_us != 0)).to_dicts():
        yield f"{row['apart_us'] / SECOND_US} s after the last one: {said(row)}"


def silence(log: Log) -> Iterator[str]:
    """A path of which nothing was heard for its reporting time is held for lost, once, and no other is."""
    lost = defaultdict(list)
    for row in log.rows("device_state"):
        if row["code"] in FOUND_BY_RECEIVER and row["qualifier"] == "1":
            lost[_path(row)].append(row["us"])
    beats = _beats(log)
    for row in beats.filter((pl.col("apart_us") > pl.col("window_us")) | pl.col("device").is_in(list(lost))).to_dicts():
        found = [at for at in lost[row["device"]] if row["before_us"] < at <= row["us"]]
        silent = row["apart_us"] > row["window_us"]
        yield from unless(len(found) == silent, row, f"found {len(found)} times in {row['apart_us'] / SECOND_US} s")


def _path(row: Row) -> str:
    return str(row["about"]) + ("-backup" if row["path"] == "backup" else "")


def findings(log: Log) -> Iterator[str]:
    """What the receiver finds is lost once and back once, in the time of its class, and is restored by a heartbeat."""
    beats = set(log.frame("heartbeat").filter("reconnect").select("device", "us").iter_rows())
    by_path = defaultdict(list)
    for row in log.rows("device_state"):
        if row["code"] in FOUND_BY_RECEIVER:
            by_path[_path(row)].append(row)
    for path, rows in by_path.items():
        yield from alternates(rows, path)
        for row in rows:
            yield from unless(row["device"].startswith("receiver-"), row, "found by another than the receiver")
            window_s = WINDOW_S["30min" if row["path"] == "backup" else row["supervision_class"]]
            if row["qualifier"] == "1":
                yield from unless(abs(row["silent_s"] - window_s) <= ROUNDED_S, row, f"window of {window_s} s")
                yield from unless(row["detected_after_s"] <= window_s + ROUNDED_S, row, f"window of {window_s} s")
            else:
                yield from unless(row["silent_s"] >= window_s - ROUNDED_S, row, "back before it was lost")
                yield from unless((path, row["us"]) in beats or row["cause"] == "lost_beat", row, "restored by no heartbeat")


def reports(log: Log) -> Iterator[str]:
    """What a device says of itself is new once and restored once, began before, and is said by the device."""
    for (about, code), rows in log.by("device_state", "about", "code").items():
        if code in TROUBLES:
            yield from alternates(rows, f"{code} of {about}")
        for row in rows:
            yield from unless(row["began_us"] <= row["us"], row, "before it began")
            if code in FOUND_BY_RECEIVER:
                continue
            yield from unless(row["device"].startswith(about), row, "said by another")
            yield from unless(row["silent_s"] is None, row, "silent, and says so itself")
            if code == "602":
                yield from unless(row["qualifier"] == "1", row, "a test that is restored")


def availability(log: Log) -> Iterator[str]:
    """What a device is held for is what stands against it: lost is offline, in trouble while any trouble stands, and so on."""
    standing: dict[str, set[str]] = defaultdict(set)
    for row in log.rows("device_state"):
        own = standing[row["about"]]
        held = _path(row) if row["code"] in FOUND_BY_RECEIVER else row["code"]
        if row["qualifier"] == "1" and row["code"] not in ("602", "354"):
            own.add(held)
        elif row["code"] not in ("602", "354"):
            own.discard(held)
        primary, backup = row["about"] in own, f"{row['about']}-backup" in own
        if row["code"] in FOUND_BY_RECEIVER and row["qualifier"] == "1":
            wanted = "offline" if row["code"] == "350" else "trouble"
            yield from unless(row["availability"] == wanted, row, f"with {sorted(own)}")
        if primary and backup:
            yield from unless(row["availability"] == "offline", row, "with both paths lost")
        if own & {"301", "344", "380"} and not (primary or backup):
            yield from unless(row["availability"] in ("trouble", "offline"), row, f"with {sorted(own)}")
        if row["availability"] == "online":
            yield from unless(not own - {"354", "602"}, row, f"online with {sorted(own)}")


def batteries(log: Log) -> Iterator[str]:
    """A battery falls until it is changed, is reported low at a fifth, and is full again when that is restored; mains are always full."""
    low = defaultdict(list)
    for row in log.rows("device_state"):
        if row["code"] == "384":
            low[row["about"]].append(row)
    beats = log.frame("heartbeat")
    wrong = ~pl.col("battery_percent").is_between(0, 100) | ~pl.col("attempts").is_between(1, 3)
    for row in beats.filter(wrong).to_dicts():
        yield f"no share of a battery, or tries: {said(row)}"
    for row in _beats(log).filter(pl.col("battery_percent") > pl.col("had_percent")).to_dicts():
        changed = any(row["before_us"] < each["us"] <= row["us"] + LATER_US and each["qualifier"] == "3" for each in low[row["device"]])
        yield from unless(changed, row, f"fuller than {row['had_percent']} % before")


def _cut(log: Log) -> dict[str, tuple[list[int], list[int]]]:
    """Return when the paths that the receiver found lost were truly cut, and when they were heard again: by device, in order."""
    cut: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for row in log.rows("device_state"):
        if row["code"] in FOUND_BY_RECEIVER and row["qualifier"] == "3" and row["cause"] != "lost_beat":
            begins, ends = cut[_path(row)]
            begins.append(row["began_us"])
            ends.append(row["us"])
    return cut


def unheard(log: Log) -> Iterator[str]:
    """Over a path that is cut nothing comes: no heartbeat, no sample, no test, no report."""
    cut = _cut(log)
    backed = {device.removesuffix("-backup") for device in cut if device.endswith("-backup")}
    for kind in ("heartbeat", "gas_sample", "device_state", "test_call", "detector_event"):
        events = log.frame(kind)
        for row in events.filter(pl.col("device").is_in(list(cut))).to_dicts() if len(events) else ():
            begins, ends = cut.get(row["device"], ([], []))
            place = bisect_right(begins, row["us"]) - 1
            within = place >= 0 and begins[place] < row["us"] < ends[place]
            yield from unless(not within or row["device"] in backed, row, f"{kind} over a path that was cut")


def dead_batteries(log: Log) -> Iterator[str]:
    """A device whose battery is empty raises nothing."""
    cut: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in log.rows("device_state"):
        if row["code"] == "350" and row["qualifier"] == "3" and row["cause"] == "battery":
            cut[row["about"]].append((row["began_us"], row["us"]))
    for row in log.rows("alarm"):
        dead = any(begin < row["us"] < end for begin, end in cut.get(row["device"], ()))
        yield from unless(not dead or row["alarm_state"] != "raised", row, "raised without a battery")


LAWS: tuple[Law, ...] = (rhythm, silence, findings, reports, availability, batteries, unheard, dead_batteries)
