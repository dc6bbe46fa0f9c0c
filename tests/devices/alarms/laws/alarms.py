"""Laws of alarms: one case each from its raising to its restore, codes and zones of Contact ID, and the truth behind it."""

from collections import defaultdict
from collections.abc import Iterator

from tests.devices.alarms.laws.log import Law, Log, Row, said, unless

CODES = {
    "burglar": {"121", "130", "131", "132", "134", "137", "144"},
    "smoke": {"110", "111"},
    "gas": {"151"},
    "personal": {"100", "101", "102"},
}
CONFIRMING = {"burglar": "139", "smoke": "111"}
CAUSES = {  # by type: in earnest, and not
    "burglar": ({"burglary", "duress"}, {"entry_error", "exit_error", "sensor_fault", "tampering", "weather", "pet"}),
    "smoke": ({"fire"}, {"fire", "cooking", "steam", "dust", "sensor_fault", "weather"}),
    "gas": ({"gas_leak"}, {"vapour", "sensor_fault"}),
    "personal": ({"fall", "unwell"}, {"wish", "accident", "test", "fall", "sensor_fault", "absence"}),
}
SAME = ("device", "home", "alarm_type", "partition", "real", "alarm_cause", "began_us", "district")
DEVICES = {"burglar": ("panel",), "smoke": ("smoke_detector",), "gas": ("gas_detector",), "personal": ("call_hub", "pendant", "pull_cord")}


def life(log: Log) -> Iterator[str]:
    """An alarm is raised once, may be worse, confirmed and cancelled once each, and is restored once and last."""
    for rows in log.by("alarm", "alarm_id").values():
        steps = [(row["alarm_state"], row["qualifier"]) for row in rows]
        first, last = rows[0], rows[-1]
        yield from unless(steps[0] == ("raised", "1") or first["began_us"] < log.start_us, first, "does not begin with being raised")
        for step in (("raised", "1"), ("raised", "6"), ("confirmed", "1"), ("cancelled", "1"), ("restored", "3")):
            yield from unless(steps.count(step) <= 1, last, f"{step} {steps.count(step)} times")
        known = {("raised", "1"), ("raised", "6"), ("confirmed", "1"), ("cancelled", "1"), ("restored", "3")}
        yield from unless(set(steps) <= known, last, f"steps {steps}")
        yield from unless(("restored", "3") not in steps[:-1], last, "goes on after its restore")


def identity(log: Log) -> Iterator[str]:
    """An alarm is of one device, partition and truth from end to end, and is restored by its own code and zone."""
    for rows in log.by("alarm", "alarm_id").values():
        for row in rows[1:]:
            for name in SAME:
                yield from unless(row[name] == rows[0][name], row, f"{name} was {rows[0][name]}")
            if row["alarm_state"] in ("raised", "restored"):
                same = (row["code"], row["zone"]) == (rows[0]["code"], rows[0]["zone"])
                yield from unless(same, row, f"was {rows[0]['code']} of zone {rows[0]['zone']}")


def words(log: Log) -> Iterator[str]:
    """Codes, devices and causes are those of the type, a cancel is 406, and a second activation is another zone's."""
    for rows in log.by("alarm", "alarm_id").values():
        first = rows[0]
        kind = first["alarm_type"]
        yield from unless(first["code"] in CODES[kind], first, "a code of another type")
        yield from unless(first["device"].endswith(DEVICES[kind]), first, "of another device")
        yield from unless(first["alarm_cause"] in CAUSES[kind][not first["real"]], first, "a cause that is none")
        yield from unless(first["began_us"] <= first["us"], first, "raised before it began")
        for row in rows:
            if row["alarm_state"] == "cancelled":
                yield from unless(row["code"] == "406", row, "a cancel that is not 406")
            if row["alarm_state"] == "confirmed":
                right = row["code"] == CONFIRMING.get(kind) and row["zone"] != first["zone"]
                yield from unless(right, row, f"confirms {first['code']} of zone {first['zone']}")


def latching(log: Log) -> Iterator[str]:
    """A detector that is in alarm does not alarm anew before it is restored, a panel's zone no more often than swinger shutdown allows."""
    standing: dict[tuple[str, int, str], list[Row]] = defaultdict(list)
    for row in log.rows("alarm"):
        own = standing[row["device"], row["zone"], row["code"]]
        if row["alarm_state"] == "restored":
            own[:] = [each for each in own if each["alarm_id"] != row["alarm_id"]]
        elif (row["alarm_state"], row["qualifier"]) == ("raised", "1") and row["alarm_type"] != "personal":
            own.append(row)
            most = log.swinger if row["alarm_type"] == "burglar" else 1
            yield from unless(len(own) <= most, row, f"in alarm {len(own)} times, first {said(own[0])}")


def numbers(log: Log) -> Iterator[str]:
    """Alarms of a home are numbered in order of time, without a gap once the run has begun."""
    last: dict[str, int] = {}
    by_home: dict[str, list[tuple[int, Row]]] = defaultdict(list)
    for row in log.rows("alarm"):
        if (row["alarm_state"], row["qualifier"]) == ("raised", "1"):
            by_home[row["home"]].append((int(row["alarm_id"].rsplit("-", 1)[1]), row))
    for home, found in by_home.items():
        for number, row in found:
            yield from unless(number == last.get(home, number - 1) + 1, row, f"follows number {last.get(home)}")
            last[home] = number


LAWS: tuple[Law, ...] = (life, identity, words, latching, numbers)
