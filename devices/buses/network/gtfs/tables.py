"""The tables of a GTFS feed that are read, and their columns.

Owns names, and how large a file may be. Reading them is `feed`'s business.
"""

from dataclasses import dataclass

# The largest feeds of whole countries have 40 million stop times and 2 million trips.


@dataclass(frozen=True, slots=True)
class Table:
    """A file of the GTFS reference: the columns without which it cannot be used, and those read when there.

    A required name `a|b` asks for one of two columns. A file with more than `most_rows` rows is refused.
    """

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    needed: bool = False
    most_rows: int = 2_000_000

    @property
    def file(self) -> str:
        """Return the file's name."""
        return f"{self.name}.txt"

    def columns(self) -> list[str]:
        """Return every column that is read."""
        return [column for name in (*self.required, *self.optional) for column in name.split("|")]


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

AGENCY = Table("agency", ("agency_timezone",), ("agency_id", "agency_name"), needed=True)
STOPS = Table("stops", ("stop_id", "stop_lat", "stop_lon"), ("stop_name", "parent_station"), needed=True)
ROUTES = Table("routes", ("route_id", "route_type"), ("agency_id", "route_short_name", "route_long_name"), needed=True)
TRIPS = Table("trips", ("route_id", "service_id", "trip_id"), ("direction_id", "block_id", "shape_id"), needed=True, most_rows=5_000_000)
STOP_TIMES = Table(
    "stop_times",
    ("trip_id", "arrival_time|departure_time", "stop_id", "stop_sequence"),
    ("location_id", "location_group_id", "start_pickup_drop_off_window"),
    needed=True,
    most_rows=60_000_000,
)
CALENDAR = Table("calendar", ("service_id", *WEEKDAYS, "start_date", "end_date"))
CALENDAR_DATES = Table("calendar_dates", ("service_id", "date", "exception_type"), most_rows=5_000_000)
FREQUENCIES = Table("frequencies", ("trip_id", "start_time", "end_time", "headway_secs"))
SHAPES = Table("shapes", ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"), most_rows=60_000_000)
FARES = Table("fare_attributes", ("fare_id", "price"))
FARE_RULES = Table("fare_rules", ("fare_id",), ("route_id",))

TABLES = (AGENCY, STOPS, ROUTES, TRIPS, STOP_TIMES, CALENDAR, CALENDAR_DATES, FREQUENCIES, SHAPES, FARES, FARE_RULES)
