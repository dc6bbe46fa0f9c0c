"""Finding the files of a feed, whatever a zip or a folder calls them."""

import io
import os
import zipfile
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.buses.network.gtfs import feed as gtfs_feed
from devices.buses.network.gtfs.feed import feed_paths
from devices.buses.network.gtfs.reading import read_gtfs
from devices.buses.system import Buses
from sim.errors import CitybeatError, UsageError
from sim.scenario import Scenario
from tests.devices.buses.tiny_feeds import network_of, texts, tiny


def zipped(path: Path, inside: str = "", suffix: str = ".txt", **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in tiny().items():
            member = zipfile.ZipInfo(inside + name + suffix)  # from a name in capitals or with backslashes, as written
            member.filename = inside + (name.upper() if suffix.isupper() else name) + suffix
            archive.writestr(member, text)
        for name, content in more.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("inside", ["./", "feed/", "/feed/", ".\\feed\\", "a//b/", "//", "feed\\", "../", "C:\\feeds\\", "Ünï/"])
def test_a_zip_may_write_its_names_in_any_way(tmp_path: Path, inside: str) -> None:
    expected = network_of(tmp_path, tiny()).version
    assert read_gtfs(zipped(tmp_path / "feed.zip", inside)).version == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["feed.zip", "tiny.zip"]  # nothing was unpacked beside


def test_capitals_count_as_letters_in_a_zip_and_in_a_folder(tmp_path: Path) -> None:
    expected = network_of(tmp_path, tiny()).version
    assert read_gtfs(zipped(tmp_path / "feed.zip", suffix=".TXT")).version == expected
    folder = tmp_path / "feed"
    folder.mkdir()
    for name, text in tiny().items():
        (folder / f"{name.upper()}.TXT").write_text(text)
    assert read_gtfs(folder).version == expected


def test_what_a_macintosh_adds_is_passed_over(tmp_path: Path) -> None:
    path = zipped(tmp_path / "feed.zip", "feed/", **{"__MACOSX/feed/._stops.txt": b"x", "__MACOSX/feed/stops.txt": b"x"})
    assert len(read_gtfs(path).trips) == 2


def test_zips_within_a_zip_are_named(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip").read_bytes()
    outer = tmp_path / "outer.zip"
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("2024/gtfs.zip", inner)
        archive.writestr("readme.md", "hello")
    with pytest.raises(UsageError, match=r"outer\.zip holds no GTFS files but other zips \(2024/gtfs\.zip\): unpack it and name one"):
        read_gtfs(outer)


def test_a_folder_of_zips_names_them(tmp_path: Path) -> None:
    zipped(tmp_path / "gtfs.zip")
    with pytest.raises(UsageError, match=r"holds no GTFS files but other zips \(gtfs\.zip\)"):
        read_gtfs(tmp_path)


def test_a_table_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds a table more than once \(stops\.txt, Stops\.txt\)"):
        read_gtfs(zipped(tmp_path / "feed.zip", **{"Stops.txt": b"stop_id\n"}))


def test_a_second_feed_beside_is_noted(tmp_path: Path) -> None:
    path = zipped(tmp_path / "feed.zip", "bus/", **{f"rail/{name}.txt": text.encode() for name, text in tiny().items()})
    assert "the folder rail holds as many tables and is not read" in texts(read_gtfs(path))


def test_an_encrypted_zip_says_so(tmp_path: Path) -> None:
    path = zipped(tmp_path / "feed.zip")
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02")
    while place >= 0:  # the flag of encryption in every entry of the directory
        content[place + 8] |= 1
        place = content.find(b"PK\x01\x02", place + 1)
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"feed\.zip is encrypted \(.*\): unpack it with its password"):
        read_gtfs(path)


def test_a_zip_that_unpacks_to_too_much_is_refused_by_what_it_claims(tmp_path: Path) -> None:
    path = zipped(tmp_path / "feed.zip")
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02")
    content[place + 24 : place + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    place = content.index(b"PK\x01\x02", place + 1)
    content[place + 24 : place + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"its tables unpack to 8,589,[0-9,]+ bytes, more than the 8,000,000,000"):
        read_gtfs(path)


def test_links_that_lead_nowhere_pipes_and_loops_are_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    folder.mkdir()
    for name, text in tiny().items():
        (folder / f"{name}.txt").write_text(text)
    (folder / "shapes.txt").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "frequencies.txt")
    (folder / "loop").symlink_to(folder)
    assert len(read_gtfs(folder).trips) == 2


def test_a_pipe_is_no_feed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is neither a file nor a folder"):
        read_gtfs(tmp_path / "pipe")


def test_a_feed_folder_that_is_the_working_folder_keeps_its_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in tiny().items():
        (tmp_path / f"{name}.txt").write_text(text)
    monkeypatch.chdir(tmp_path)

    def digest() -> str:
        return Scenario(name="here", systems=(Buses(gtfs=Path()),)).digest()

    before = digest()
    below = tmp_path / "runs" / "20260101-1"
    below.mkdir(parents=True)
    for name in ("stops.txt", "agency.txt", "summary.json"):
        (below / name).write_text("x")
    (tmp_path / "notes.txt").write_text("mine")
    assert digest() == before
    assert read_gtfs(Path()).source == tmp_path.name
    (tmp_path / "stops.txt").write_text(tiny()["stops"].replace("Alpha", "Omega"))
    assert digest() != before


def test_what_decides_is_what_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    folder.mkdir()
    for name in ("stops", "trips", "pathways"):
        (folder / f"{name}.txt").write_text("x")
    assert [path.name for path in feed_paths(folder)] == ["stops.txt", "trips.txt"]


def test_a_member_that_is_larger_than_it_claims_is_counted_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gtfs_feed, "MOST_BYTES", 700)
    with pytest.raises(UsageError, match="more than the 700 that are read"):
        network_of(tmp_path, tiny())


def test_bytes_that_are_no_zip_at_all_say_so(tmp_path: Path) -> None:
    path = tmp_path / "feed.zip"
    path.write_bytes(io.BytesIO(b"<html>not found</html>").read())
    with pytest.raises(UsageError, match=r"feed\.zip is not a readable zip file"):
        read_gtfs(path)


@given(st.integers(0, 2**32))
def test_a_zip_with_any_bytes_changed_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    folder = tmp_path_factory.mktemp("zip")
    content = bytearray(zipped(folder / "feed.zip").read_bytes())
    draw = Random(seed)
    for place in draw.sample(range(len(content) - 500, len(content)), draw.randint(1, 4)):  # the directory at the end
        content[place] = draw.randrange(256)
    (folder / "feed.zip").write_bytes(content)
    with suppress(CitybeatError):
        assert len(read_gtfs(folder / "feed.zip").trips) <= 2
