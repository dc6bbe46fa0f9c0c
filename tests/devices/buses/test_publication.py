import numpy as np
import pytest

from devices.buses.choices import Channel, SourceKind, VersionOf
from devices.buses.journal import Journal, Notice
from devices.buses.kinds import NETWORK_VERSION, PUBLICATION
from devices.buses.network.arrays import Network
from devices.buses.publication import Publication, PublicationParameters
from devices.buses.system import Buses
from devices.buses.versions import VersionParameters, Versions, fare_version
from sim.city.incidents import Incident
from sim.city.site import Site
from sim.events.batches import WITHHELD
from sim.events.collector import Block, Sample
from sim.units import HOUR_US, MINUTE_US, SECOND_US
from tests.devices.buses.bus_runs import ride
from tests.devices.buses.timetabled import a_network, a_site, gathered, report_timetable, run_timetable, spans, vehicles_of

Columns = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def network() -> Network:
    return a_network(("Pudong",))


def published(site: Site, network: Network, journal: Journal) -> tuple[Columns, list[Sample]]:
    publication, out = Publication(site, network, journal, PublicationParameters()), site.city.out
    blocks: list[Block] = []
    samples: list[Sample] = []
    for span in spans(site):
        publication.emit(span, site)
        blocks += out.take_blocks(span.end_us).get("publication", [])
        samples += out.take_samples()
    return gathered(PUBLICATION, blocks), samples


def reported(site: Site, network: Network) -> Journal:
    journal = Journal()
    run_timetable(site, network, journal, vehicles_of(site, network), site.end_us)
    report_timetable(journal, network, site, site.end_us)
    return journal


def test_each_line_in_service_has_one_digest_a_minute_in_the_app(network: Network) -> None:
    site = a_site(("Pudong",), hours=0.5)
    rows, _ = published(site, network, reported(site, network))
    digests = rows["source_kind"] == SourceKind.SIGN_PREDICTION
    assert set(rows["channel"][digests]) == {Channel.APP}
    assert digests.sum() == pytest.approx(len(network.lines) * 30, rel=0.1)


def test_a_breakdown_goes_to_all_channels_and_an_alert_to_app_and_sms(network: Network) -> None:
    site = a_site(("Pudong",), hours=0.5)
    journal = Journal()
    journal.notices.add(Notice(known_us=site.start_us + 5 * SECOND_US, source_kind=SourceKind.TRIP_STATE, line=0))
    journal.notices.add(Notice(known_us=site.start_us + 6 * SECOND_US, source_kind=SourceKind.HEADWAY_ALERT, line=1))
    rows, _ = published(site, network, journal)
    reached = {
        source: {Channel(code).word for code in rows["channel"][rows["source_kind"] == source]}
        for source in (SourceKind.TRIP_STATE, SourceKind.HEADWAY_ALERT)
    }
    assert reached == {SourceKind.TRIP_STATE: {"sign", "app", "sms", "radio"}, SourceKind.HEADWAY_ALERT: {"app", "sms"}}
    assert len(rows["time"]) == 6


def test_delays_have_each_channels_median_and_are_measured(network: Network) -> None:
    site = a_site(("Pudong",), hours=1)
    journal = Journal()
    for number in range(600):
        journal.notices.add(
            Notice(known_us=site.start_us + number * SECOND_US, source_kind=SourceKind.TRIP_STATE, line=number % len(network.lines))
        )
    rows, samples = published(site, network, journal)
    for channel, median_s in zip(Channel.words(), (2, 4, 20, 180), strict=True):
        delays_s = rows["latency_s"][rows["channel"] == Channel[channel.upper()]]
        assert np.median(delays_s) == pytest.approx(median_s, rel=0.12)
        measured = np.concatenate([each.values for each in samples if each.where == channel])
        np.testing.assert_array_equal(np.sort(measured), np.sort(delays_s))


def test_what_is_published_later_belongs_to_its_own_slice(network: Network) -> None:
    site = a_site(("Pudong",), hours=0.1)
    journal = Journal()
    journal.notices.add(Notice(known_us=site.start_us + 59 * SECOND_US, source_kind=SourceKind.TRIP_STATE, line=0))
    publication, out = Publication(site, network, journal, PublicationParameters()), site.city.out
    seen = 0
    for span in spans(site):
        publication.emit(span, site)
        for block in out.take_blocks(span.end_us).get("publication", []):
            assert ((block.time_us >= span.start_us) & (block.time_us < span.end_us)).all()
            seen += len(block)
    assert seen >= 3  # radio may take longer than the run


def test_only_the_signs_channel_loses_what_an_outage_catches_and_the_centre_has_none() -> None:
    outage = Incident(what="outage", after="2m", lasting="50m")
    outcome = ride(Buses(versions=VersionParameters(timetable_change="3m")), hours=1, incidents=(outage,))
    begin_us = outcome.engine.hours.start_us + 2 * MINUTE_US
    rows = outcome.columns["publication"]
    caught = (rows["time_us"] >= begin_us) & (rows["time_us"] < begin_us + 50 * MINUTE_US)
    sign = rows["channel"] == Channel.SIGN
    assert (caught & sign).any()
    assert (caught & ~sign).any()
    assert (rows["release_us"][caught & sign] == WITHHELD).all()
    assert (rows["release_us"][~sign] == rows["time_us"][~sign]).all()
    for kind in ("headway_alert", "network_version"):
        assert (outcome.columns[kind]["release_us"] == outcome.columns[kind]["time_us"]).all()


def test_news_for_a_sign_in_an_outage_is_lost_and_not_measured(network: Network) -> None:
    site = a_site(("Pudong",), hours=0.5, incidents=[Incident(what="outage", after="0s", lasting="10m")])
    journal = Journal()
    journal.notices.add(Notice(known_us=site.start_us + MINUTE_US, source_kind=SourceKind.TRIP_STATE, line=0))
    rows, samples = published(site, network, journal)
    sign = rows["channel"] == Channel.SIGN
    assert sign.sum() == 1
    assert (rows["time"][sign] < site.start_us + 2 * MINUTE_US).all()
    assert {each.where for each in samples} == {"app", "sms", "radio"}


def test_giving_a_slice_twice_publishes_the_same(network: Network) -> None:
    site = a_site(("Pudong",), hours=0.1)
    journal = reported(site, network)
    journal.notices.add(Notice(known_us=site.start_us + 70 * SECOND_US, source_kind=SourceKind.TRIP_STATE, line=0))
    publication = Publication(site, network, journal, PublicationParameters())
    for span in spans(site):
        left = []
        for _ in range(2):
            publication.emit(span, site)
            left.append(site.city.out.take_blocks(span.end_us + HOUR_US)["publication"][0])
        once, twice = left
        np.testing.assert_array_equal(once.time_us, twice.time_us)


def versions_of(network: Network, parameters: VersionParameters) -> tuple[Site, Columns]:
    site, journal = a_site(("Pudong",), hours=0.5), Journal()
    versions, out = Versions(site, network, journal, parameters), site.city.out
    blocks: list[Block] = []
    for span in spans(site):
        versions.emit(span, site)
        blocks += out.take_blocks(span.end_us).get("network_version", [])
    return site, gathered(NETWORK_VERSION, blocks)


def test_the_versions_in_force_are_announced_at_the_start(network: Network) -> None:
    site, rows = versions_of(network, VersionParameters())
    assert [VersionOf(code).word for code in rows["version_of"]] == ["timetable", "fare"]
    assert [site.names("version")[code] for code in rows["version"]] == [network.version, fare_version(network)]
    assert set(rows["time"]) == {site.start_us}
    assert set(rows["valid_from_us"]) == {site.calendar.day_start_us(site.start_us)}


def test_a_fare_change_is_announced_when_asked_for_and_holds_from_midnight(network: Network) -> None:
    site, rows = versions_of(network, VersionParameters(fare_change="10m"))
    change = rows["time"] == site.start_us + 10 * MINUTE_US
    assert [VersionOf(code).word for code in rows["version_of"][change]] == ["fare"]
    assert rows["valid_from_us"][change] == [site.calendar.day_start_us(site.start_us) + 24 * HOUR_US]
    assert len(set(rows["version"][rows["version_of"] == VersionOf.FARE])) == 2
    devices = {site.roster.names[int(device)] for device in rows["device"]}
    assert devices == {"timetable-Pudong", "fare-Pudong"}
