"""Publication (B6): how what the centre knows reaches the public by sign, app, SMS and radio.

Owns channels, delays and audiences; as thin as its figures, which are all assumptions. What a sign shows is `signs`' business.
"""

from dataclasses import dataclass

import numpy as np

from devices.buses.choices import Channel, SourceKind
from devices.buses.journal import Journal
from devices.buses.kinds import PUBLICATION
from devices.buses.network.arrays import Network
from sim.arrays import Int
from sim.city.links import Link, Links
from sim.city.site import Site
from sim.events.batches import WITHHELD, Column, Span
from sim.figures import Figure, Grade
from sim.judge.measures import Measure
from sim.parameters import Parameters, Share, from_figure
from sim.toolkit.draws import by_district, lognormal
from sim.units import SECOND_US

DELAYS_S = Figure("delay of sign, app, SMS and radio, median", value=(2.0, 4.0, 20.0, 180.0), unit="s")
DELAY_SIGMA = Figure("spread of a channel's delay, sigma of its logarithm", value=0.5, unit="", low=0.2, high=1)
SIGN_READERS = Figure("readers of a line's signs in the minutes after a text appears", value=40, unit="persons", low=5, high=200)
APP_SHARE = Figure("riders of a line who follow it in the app", value=0.08, unit="share", low=0.01, high=0.5)
SMS_SHARE = Figure("riders of a line who subscribe to its SMS", value=0.005, unit="share", low=0, high=0.05)
RADIO_LISTENERS = Figure("listeners of traffic radio in a whole city", value=300_000, unit="persons", low=50_000, high=1_000_000)
RIDERS = Figure("rides of a line in a day", value=5_450, unit="rides", grade=Grade.C, source="7.29 m rides over 1,338 lines")
FRESH_APP_S = Figure(
    "refresh of a public feed", value=30.0, unit="s", grade=Grade.A, source="GTFS Realtime Best Practices: at least every 30 s"
)
FRESH_ALERT_S = Figure("age of an alert", value=600.0, unit="s", grade=Grade.A, source="GTFS Realtime Best Practices: no older than 10 min")
IN_SERVICE = Figure("time without a report after which a line is in service no more", value=10, unit="min", low=5, high=60)

FIGURES = (DELAYS_S, DELAY_SIGMA, SIGN_READERS, APP_SHARE, SMS_SHARE, RADIO_LISTENERS, RIDERS, FRESH_APP_S, FRESH_ALERT_S, IN_SERVICE)

PUBLICATION_DELAY = Measure("publication_delay_s", unit="s", doc="from the centre's knowledge to the public, by channel", plan_ids=("B6",))
MEASURES = (PUBLICATION_DELAY,)
OBJECTIVES = (
    PUBLICATION_DELAY.p95(where="app", at_most=float(FRESH_APP_S), grade=FRESH_APP_S.grade, source=FRESH_APP_S.source),
    PUBLICATION_DELAY.p99(at_most=float(FRESH_ALERT_S), grade=FRESH_ALERT_S.grade, source=FRESH_ALERT_S.source),
)


# Who hears of what: predictions are shown by the signs themselves, so their digests go to the app alone.
CHANNELS_OF: dict[int, tuple[Channel, ...]] = {
    SourceKind.SIGN_PREDICTION: (Channel.APP,),
    SourceKind.HEADWAY_ALERT: (Channel.APP, Channel.SMS),
    SourceKind.TRIP_STATE: (Channel.SIGN, Channel.APP, Channel.SMS, Channel.RADIO),
    SourceKind.NETWORK_VERSION: (Channel.SIGN, Channel.APP, Channel.SMS, Channel.RADIO),
}

NO_WAY = Link(stores=False)


class PublicationParameters(Parameters):
    """How many people each channel reaches."""

    app_share: Share = from_figure(APP_SHARE)
    sms_share: Share = from_figure(SMS_SHARE)


@dataclass(frozen=True, slots=True)
class Items:
    """Pieces of information on their way to one channel each: columns of equal length; `line` indexes the network's lines."""

    known_us: Int
    source_kind: Int
    line: Int
    channel: Int


class Publication:
    """The cohort of publications; the devices are one `channel-<channel>-<district>` for each channel and district.

    Only signs hang on the mobile network; what an outage keeps from them is lost, like all QoS 0.
    """

    def __init__(
        self, site: Site, network: Network, journal: Journal, parameters: PublicationParameters, link: Link | Links = NO_WAY
    ) -> None:
        """Register the channels of every district that has lines; `link` is the signs'."""
        self._site = site
        self._uplinks = site.uplinks(link)
        self._journal = journal
        lines = [line.district for line in network.lines]
        numbers = {line.route: number for number, line in enumerate(network.lines)}
        self._line_of = np.array([numbers[pattern.route] for pattern in network.patterns], dtype=np.int64)
        roster = site.roster
        names = list(dict.fromkeys(lines))
        self._median_us = np.array(DELAYS_S.value) * SECOND_US
        devices = {
            name: [roster.add(f"channel-{channel.word}-{name}", name, on_wire=channel is not Channel.SIGN) for channel in Channel]
            for name in names
        }
        self._device = np.array([devices[name] for name in lines], dtype=np.int32)
        self._district_of = site.districts.codes(lines).astype(np.int16)
        riders = float(RIDERS)
        radio = float(RADIO_LISTENERS) * site.scale / max(len(names), 1)
        self._audience = np.array([float(SIGN_READERS), riders * parameters.app_share, riders * parameters.sms_share, radio])

    def emit(self, span: Span, out: Site) -> None:
        """Leave what was published of the slice's notices, and a digest of predictions for each line in service."""
        if span.warm:
            return
        items = self._items(span)
        if len(items.line):
            self._publish(span, items, out)

    def _items(self, span: Span) -> Items:
        notices = np.unique(self._journal.notices.between(span.start_us, span.end_us))  # each once, however many left it
        lines = self._in_service(span)
        digests = np.zeros(len(lines), dtype=notices.dtype)
        digests["known_us"], digests["source_kind"], digests["line"] = span.start_us, SourceKind.SIGN_PREDICTION, lines
        every = np.concatenate([digests, notices])
        channels = [CHANNELS_OF[kind] for kind in every["source_kind"].tolist()]
        rows = np.repeat(every, [len(each) for each in channels])
        flat = np.array([channel for each in channels for channel in each], dtype=np.int64)
        return Items(known_us=rows["known_us"], source_kind=rows["source_kind"], line=rows["line"], channel=flat)

    def _in_service(self, span: Span) -> Int:
        """Return the lines that the centre has heard of lately."""
        heard = np.unique(self._journal.reports.between(span.start_us - IN_SERVICE.us, span.end_us)["trip"])
        return np.unique(self._line_of[self._journal.trips.at(heard)["pattern"]])

    def _publish(self, span: Span, items: Items, out: Site) -> None:
        delay_us, audience = self._draw(span, items)
        at_us = items.known_us + delay_us
        device = self._device[items.line, items.channel]
        columns: dict[str, Column] = {
            "channel": items.channel.astype(np.int32),
            "source_kind": items.source_kind.astype(np.int32),
            "latency_s": delay_us / SECOND_US,
            "audience": audience,
        }
        out.rows(PUBLICATION, at_us, device, columns)
        public = self._uplinks.all_passed(device, at_us, at_us) != WITHHELD
        for channel in np.flatnonzero(np.bincount(items.channel)).tolist():
            out.sample(PUBLICATION_DELAY, delay_us[public & (items.channel == channel)] / SECOND_US, Channel(channel).word)

    def _draw(self, span: Span, items: Items) -> tuple[Int, Int]:
        """Return the delay and the people reached for each item, from the stream of its district."""
        delay_us, audience = (np.empty(len(items.line), dtype=np.int64) for _ in range(2))
        for here, rng in by_district(self._site, self._district_of[items.line], "publication", span.index):
            channel = items.channel[here]
            delay_us[here] = np.rint(lognormal(rng, self._median_us[channel], float(DELAY_SIGMA), len(here)))
            audience[here] = rng.poisson(self._audience[channel])
        return delay_us, audience
