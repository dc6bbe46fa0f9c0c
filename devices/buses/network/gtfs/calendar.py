"""The service days of a GTFS feed: which services run on which day, and which day to simulate.

Owns calendar.txt and calendar_dates.txt. How many trips a service has is told by the caller.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from devices.buses.network.gtfs.feed import LINE, Feed
from devices.buses.network.gtfs.tables import CALENDAR, CALENDAR_DATES, WEEKDAYS, Table
from sim.city.calendar import EARLIEST_DAY, LATEST_DAY, SATURDAY
from sim.errors import UsageError

ADDED, REMOVED = "1", "2"  # GTFS reference, calendar_dates.txt exception_type


@dataclass(frozen=True, slots=True)
class ServiceDays:
    """How many trips run on each day from `first` on: shape (days,); and the tables that say so."""

    first: date
    trips: NDArray[np.int64]
    regular: pl.DataFrame
    exceptions: pl.DataFrame

    def busiest(self) -> date:
        """Return the weekday with most trips, of equals the first; a free day when no trip runs on any weekday."""
        weekday = (np.arange(len(self.trips)) + self.first.weekday()) % 7 < SATURDAY
        ranked = np.where(weekday, self.trips, 0)
        return self._day(int(np.argmax(ranked if ranked.any() else self.trips)))

    def span(self) -> tuple[date, date]:
        """Return the first and last day on which a trip runs."""
        running = np.flatnonzero(self.trips)
        return self._day(int(running[0])), self._day(int(running[-1]))

    def chosen(self, day: date | None, source: str) -> date:
        """Return the day asked for, or the busiest weekday. Raises UsageError, naming the range, when no trip runs on it."""
        if day is None:
            return self.busiest()
        first, last = self.span()
        if not first <= day <= last:
            msg = f"{source} has no service on {day}: its service runs from {first} to {last}; choose a date in that range"
            raise UsageError(msg)
        if not self.trips[(day - self.first).days]:
            running = np.flatnonzero(self.trips)
            near = self._day(int(running[np.argmin(np.abs(running - (day - self.first).days))]))
            msg = f"{source} has no service on {day}, a {day:%A}, though its service runs from {first} to {last}; the nearest day is {near}"
            raise UsageError(msg)
        return day

    def services(self, day: date) -> set[str]:
        """Return the services that run on a day."""
        regular = self.regular.filter(
            (pl.col("start_date") <= day) & (pl.col("end_date") >= day) & (pl.col(WEEKDAYS[day.weekday()]) == "1")
        )
        exceptions = self.exceptions.filter(pl.col("date") == day)
        added = exceptions.filter(pl.col("exception_type") == ADDED)["service_id"]
        removed = exceptions.filter(pl.col("exception_type") == REMOVED)["service_id"]
        return (set(regular["service_id"]) - set(removed)) | set(added)

    def _day(self, offset: int) -> date:
        return self.first + timedelta(days=offset)


def service_days(feed: Feed, trips_of_service: dict[str, int]) -> ServiceDays:
    """Return the feed's service days, counting only services with trips. Raises UsageError when no trip runs on any day."""
    regular = _dated(feed, CALENDAR, "start_date", "end_date")
    again = regular.filter(pl.col("service_id").is_first_distinct().not_())
    feed.note_rows(CALENDAR, again[LINE], "rows repeat a service_id: it runs on the days of each")
    exceptions = feed.distinct(CALENDAR_DATES, _dated(feed, CALENDAR_DATES, "date"), "service_id", "date")
    odd = exceptions.filter(~pl.col("exception_type").is_in([ADDED, REMOVED]).fill_null(value=False))
    feed.note_rows(CALENDAR_DATES, odd[LINE], f"dates have an exception_type other than {ADDED} or {REMOVED} and were left out")
    feed.check()
    trips = pl.DataFrame(
        {"service_id": list(trips_of_service), "trips": list(trips_of_service.values())},
        schema={"service_id": pl.String, "trips": pl.Int64},
    )
    ordered = (pl.col("end_date") >= pl.col("start_date")) & (pl.col("end_date") >= EARLIEST_DAY) & (pl.col("start_date") <= LATEST_DAY)
    regular = regular.join(trips, on="service_id").filter(ordered)
    regular = regular.with_columns(pl.col("start_date", "end_date").clip(EARLIEST_DAY, LATEST_DAY))
    exceptions = exceptions.join(trips, on="service_id").filter(pl.col("date").is_between(EARLIEST_DAY, LATEST_DAY))
    dates = pl.concat([regular["start_date"], regular["end_date"], exceptions["date"]])
    first, last = dates.min(), dates.max()
    if isinstance(first, date) and isinstance(last, date):
        counts = _regular_trips(regular, first, last) + _exceptional_trips(regular, exceptions, first, last)
        if counts.any():
            return ServiceDays(first, counts, regular, exceptions)
    return feed.fail("no bus trip runs on any day: check service_id, dates and weekdays in calendar.txt and calendar_dates.txt")


def _dated(feed: Feed, table: Table, *columns: str) -> pl.DataFrame:
    rows = feed.read(table)
    for column in columns:
        dates = rows[column].str.to_date("%Y%m%d", strict=False)
        wrong = rows.filter(dates.is_null()).select(LINE, column)
        feed.complain(
            (f"{table.file} line {line}: {column} {text or ''!r} is not a date" for line, text in wrong.iter_rows()), "write it as 20150302"
        )
        rows = rows.with_columns(dates)
    return rows


def _regular_trips(regular: pl.DataFrame, first: date, last: date) -> NDArray[np.int64]:
    days = (last - first).days + 1
    trips = np.zeros(days, dtype=np.int64)
    once = pl.col("service_id").is_unique()
    for (_,), rows in regular.filter(~once).group_by("service_id", maintain_order=True):
        trips += rows["trips"][0] * _running(rows, first, days)
    for weekday, name in enumerate(WEEKDAYS):
        running = regular.filter(once & (pl.col(name) == "1"))
        change = np.zeros(days + 1, dtype=np.int64)
        np.add.at(change, (running["start_date"] - first).dt.total_days().to_numpy(), running["trips"].to_numpy())
        np.subtract.at(change, (running["end_date"] - first).dt.total_days().to_numpy() + 1, running["trips"].to_numpy())
        of_weekday = slice((weekday - first.weekday()) % 7, days, 7)
        trips[of_weekday] += np.cumsum(change[:-1])[of_weekday]
    return trips


def _running(rows: pl.DataFrame, first: date, days: int) -> NDArray[np.bool_]:
    """Return on which days a service runs that has several rows: on those of each."""
    running = np.zeros(days, dtype=np.bool_)
    for start, end, *flags in rows.select("start_date", "end_date", *WEEKDAYS).iter_rows():
        for weekday in (number for number, flag in enumerate(flags) if flag == "1"):
            begin = (start - first).days
            running[begin + (weekday - start.weekday()) % 7 : (end - first).days + 1 : 7] = True
    return running


def _exceptional_trips(regular: pl.DataFrame, exceptions: pl.DataFrame, first: date, last: date) -> NDArray[np.int64]:
    trips = np.zeros((last - first).days + 1, dtype=np.int64)
    ranges: dict[str, list[tuple[Any, ...]]] = {}
    for service, *row in regular.select("service_id", "start_date", "end_date", *WEEKDAYS).iter_rows():
        ranges.setdefault(service, []).append(tuple(row))
    for service, day, exception, count in exceptions.select("service_id", "date", "exception_type", "trips").iter_rows():
        runs = any(start <= day <= end and flags[day.weekday()] == "1" for start, end, *flags in ranges.get(service, ()))
        if exception == ADDED and not runs:
            trips[(day - first).days] += count
        elif exception == REMOVED and runs:
            trips[(day - first).days] -= count
    return trips
