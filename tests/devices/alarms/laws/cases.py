"""Laws of cases: shown, answered, decided and closed in order, with waits that add up, and help that comes step by step."""

from collections import defaultdict
from collections.abc import Iterator

from tests.devices.alarms.laws.log import SECOND_US, Law, Log, Row, said, unless

ROUNDED_S = 0.051  # times on the tape have one decimal
CENTRE_CALLS = {"verification", "keyholder", "advice", "call_back"}


def _seconds(before: Row, after: Row) -> float:
    return float(after["us"] - before["us"]) / SECOND_US


def decisions(log: Log) -> Iterator[str]:
    """A case is decided and closed at most once, in that order, after its alarm was raised and by one count since its display."""
    raised = {rows[0]["alarm_id"]: rows[0] for rows in log.by("alarm", "alarm_id").values()}
    for alarm_id, rows in log.simulated("case").items():
        steps = [row["case_step"] for row in rows if row["case_step"] != "frequent"]
        yield from unless(steps in (["decided"], ["closed"], ["decided", "closed"]), rows[-1], f"steps {steps}")
        shown = [row["us"] / SECOND_US - row["after_display_s"] for row in rows]
        yield from unless(max(shown) - min(shown) <= 2 * ROUNDED_S, rows[-1], f"was shown at {shown}")
        begun = raised.get(alarm_id)
        if begun is not None and begun["qualifier"] == "1":
            yield from unless(min(shown) >= begun["us"] / SECOND_US - ROUNDED_S, rows[0], f"shown before {said(begun)}")
            yield from unless(rows[0]["real"] == begun["real"], rows[0], "another truth than its alarm's")


def calls(log: Log) -> Iterator[str]:
    """A case is offered once; whoever gives up may dial again; what is answered is ended; waits and handling are those of the clock."""
    for rows in log.simulated("call").values():
        alarm = [row for row in rows if row["purpose"] == "alarm"]
        offers = [row for row in alarm if row["outcome"] in ("offered", "redialled")]
        yield from unless(sum(row["outcome"] == "offered" for row in alarm) <= 1, rows[0], "offered twice")
        for offer, row in zip(offers, (row for row in alarm if row["outcome"] in ("answered", "abandoned")), strict=False):
            if offers[0]["outcome"] == "offered":  # else the first was before the run
                yield from unless(abs(_seconds(offer, row) - row["wait_s"]) <= ROUNDED_S, row, f"offered {_seconds(offer, row)} s before")
        answered = [row for row in rows if row["outcome"] == "answered" and row["purpose"] in ("alarm", "call_back")]
        for row in (row for row in rows if row["outcome"] == "ended"):
            own = [each for each in answered if abs(_seconds(each, row) - row["handling_s"]) <= ROUNDED_S]
            yield from unless(bool(own) or not answered, row, "handled longer or shorter than since its answer")
        for row in rows:
            yield from unless(row["purpose"] in CENTRE_CALLS | {"alarm"}, row, "a purpose that is not a case's")


def help_comes(log: Log) -> Iterator[str]:
    """A service is requested, accepts, arrives and has done, each once and in order; what it finds is the truth."""
    order = ["requested", "accepted", "arrived", "closed"]
    for alarm_id, rows in log.simulated("response").items():
        by_service: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            by_service[row["service"]].append(row)
        for service, own in by_service.items():
            steps = [row["response_step"] for row in own if row["response_step"] in order]
            begun = order.index(steps[0]) if steps else 0
            yield from unless(steps == order[begun : begun + len(steps)], own[-1], f"{alarm_id}: {service} {steps}")
            requested = next((row for row in own if row["response_step"] == "requested"), None)
            for row in own:
                if row["response_step"] == "closed":
                    yield from unless(row["finding"] == ("real" if row["real"] else "false_alarm"), row, "found what is not")
                if row["response_step"] in ("refused", "withdrawn"):
                    yield from unless(service == "police", row, "only the police refuse")
                elif requested:
                    right = abs(_seconds(requested, row) - row["after_request_s"]) <= ROUNDED_S
                    yield from unless(right, row, f"requested {_seconds(requested, row)} s before")


def together(log: Log) -> Iterator[str]:
    """Help is asked for once it is decided, and a case is closed when everybody has gone and nobody is on the phone."""
    responses, calls_of = log.simulated("response"), log.simulated("call")
    for alarm_id, rows in log.simulated("case").items():
        decided = next((row for row in rows if row["case_step"] == "decided"), None)
        closed = next((row for row in rows if row["case_step"] == "closed"), None)
        of_case = responses.get(alarm_id, [])
        for row in of_case:
            if decided and row["response_step"] == "requested":
                yield from unless(row["us"] >= decided["us"], row, f"before {said(decided)}")
        for row in (*of_case, *calls_of.get(alarm_id, [])):
            if closed:
                yield from unless(row["us"] <= closed["us"], row, f"after {said(closed)}")
        if closed and closed["case_outcome"] in ("cancelled", "talked_over"):
            asked = [row for row in of_case if row["response_step"] == "requested" and decided]
            late = closed["case_outcome"] == "talked_over" and log_confirmed(log, alarm_id)
            yield from unless(not asked or late, closed, f"{closed['case_outcome']}, and {len(asked)} were sent")


def log_confirmed(log: Log, alarm_id: str) -> bool:
    """Return whether a second activation came: whoever was sent after a decision was sent to that."""
    return any(row["alarm_state"] == "confirmed" for row in log.by("alarm", "alarm_id").get(alarm_id, []))


def cancels(log: Log) -> Iterator[str]:
    """What the user cancelled before the operator decided is closed as cancelled, and nothing else is."""
    alarms = log.by("alarm", "alarm_id")
    for alarm_id, rows in log.simulated("case").items():
        decided = next((row for row in rows if row["case_step"] == "decided"), None)
        cancelled = next((row for row in alarms.get(alarm_id, []) if row["alarm_state"] == "cancelled"), None)
        if decided is None or alarm_id not in alarms or alarms[alarm_id][0]["alarm_type"] == "personal":
            continue
        if decided["case_outcome"] == "cancelled":
            yield from unless(cancelled is not None, decided, "cancelled by nobody")
        elif cancelled is not None:
            on_its_way_us = 60 * SECOND_US
            late = cancelled["us"] + on_its_way_us >= decided["us"]
            yield from unless(late, decided, f"was cancelled long before: {said(cancelled)}")


LAWS: tuple[Law, ...] = (decisions, calls, help_comes, together, cancels)
