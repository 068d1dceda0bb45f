"""Files as they come: what is found of them, where, and what is said of those that cannot be read."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from apps.documents.folders import keep
from apps.documents.library import Library, open_library
from apps.documents.reading import still_holds
from apps.sdk import Grants
from memory.documents import recall
from syscalls.errors import DeviceFailed, NoSpace, NotSupported
from tests.documents import making

pytest.importorskip("pypdf")
pytest.importorskip("docx")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "ws"
    made.mkdir()
    return made


@pytest.fixture
def library(folder: Path, tmp_path: Path) -> Iterator[Library]:
    with making.library(folder, tmp_path / "own") as made:
        yield made


def read(library: Library, folder: Path) -> None:
    """All of it, however long it takes."""
    library.work(str(folder), time.monotonic() + 60, look=True)


def found(library: Library, folder: Path, words: str) -> list[tuple[str, int, int]]:
    hits = recall.find(library.shelf, library.embedder, words, [str(folder)])
    return [(os.path.relpath(hit.path, folder), hit.line, hit.page) for hit in hits]


def trouble(library: Library, folder: Path) -> dict[str, str]:
    return {os.path.relpath(path, folder): why for path, why in library.shelf.trouble(str(folder), 100)}


def test_documents_of_every_kind_are_found_with_their_place(library: Library, folder: Path) -> None:
    text = '<w xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    slide = '<s xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:p><a:t>{}</a:t></a:p></s>'
    (folder / "a.txt").write_text("something else altogether\n\n" * 60 + "the walrus sings\n")
    (folder / "b.pdf").write_bytes(making.pdf("an opening", "the zebra runs"))
    (folder / "c.docx").write_bytes(making.docx("Report", "the yak climbs"))
    (folder / "d.xlsx").write_bytes(making.xlsx(("item", "price"), ("vicuna", 12)))
    (folder / "e.html").write_text(
        "<html><script>unicorn()</script><p>the quokka <b>jumps</b></p><p>x</p></html>"
    )
    (folder / "f.odt").write_bytes(
        making.packed(content_0xml=f"{text}<text:h>Top</text:h><text:p>the okapi hides</text:p></w>")
    )
    (folder / "g.pptx").write_bytes(
        making.packed(
            ppt__slides__slide1_0xml=slide.format("welcome"),
            ppt__slides__slide2_0xml=slide.format("the narwhal dives"),
        )
    )
    read(library, folder)
    assert trouble(library, folder) == {}
    assert found(library, folder, "walrus sings")[0][0] == "a.txt"
    assert found(library, folder, "walrus sings")[0][1] > 20
    assert found(library, folder, "zebra runs") == [("b.pdf", 1, 2)]
    assert found(library, folder, "yak climbs")[0][0] == "c.docx"
    assert found(library, folder, "vicuna")[0][0] == "d.xlsx"
    assert found(library, folder, "quokka jumps")[0][0] == "e.html"
    assert found(library, folder, "unicorn") == []
    assert found(library, folder, "okapi hides")[0][0] == "f.odt"
    assert found(library, folder, "narwhal dives") == [("g.pptx", 1, 2)]


def test_what_cannot_be_read_is_named_and_costs_no_other_file(library: Library, folder: Path) -> None:
    (folder / "locked.pdf").write_bytes(making.locked_pdf("hidden words"))
    (folder / "bomb.docx").write_bytes(making.bomb())
    (folder / "half.pdf").write_bytes(making.pdf("whole")[:120])
    (folder / "no.docx").write_bytes(b"no zip at all")
    (folder / "picture.dat").write_bytes(bytes(range(256)) * 10)
    (folder / "empty.txt").write_bytes(b"")
    (folder / "good.txt").write_text("the walrus sings")
    read(library, folder)
    said = trouble(library, folder)
    assert said["locked.pdf"] == "it is encrypted; a copy without a password can be read"
    assert said["bomb.docx"].startswith("it would unpack to 300 MiB")
    assert said["half.pdf"].startswith("it cannot be read: ")
    assert said["no.docx"] == "it is damaged: no zip archive, as its format would be"
    assert said["picture.dat"] == "it is no text"
    assert said["empty.txt"] == "it is empty"
    assert found(library, folder, "walrus") == [("good.txt", 1, 0)]
    assert library.shelf.counts(str(folder)).waiting == 0


def test_secrets_and_what_programs_make_are_not_read(library: Library, folder: Path) -> None:
    for name in (".env", "id_rsa", "server.key", ".git/config", "node_modules/a/b.js", "venv/lib/x.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("the walrus sings")
    (folder / "venv" / "pyvenv.cfg").touch()
    (folder / "odd.txt").write_text("-----BEGIN RSA PRIVATE KEY-----\nwalrus\n" + "A" * 900)
    (folder / "mixed.txt").write_text("walrus " * 150 + "\n\nghp_" + "a" * 36 + " penguin\n")
    read(library, folder)
    assert {name for name, _, _ in found(library, folder, "walrus")} == {"mixed.txt"}
    assert found(library, folder, "penguin") == []
    kept = b"".join((library.own / "passages.db").read_bytes() for _ in (0,))
    kept += (library.own / "passages.db-wal").read_bytes()
    assert b"PRIVATE KEY" not in kept and b"ghp_" not in kept


def test_odd_names_and_encodings_are_read(library: Library, folder: Path) -> None:
    (folder / "new\nline.txt").write_text("the walrus sings")
    (folder / "Grüße.txt").write_bytes("der Käse schmeckt".encode("latin-1"))
    (folder / os.fsdecode(b"stray\xff.txt")).write_text("the zebra runs")
    (folder / "wide.txt").write_bytes("the okapi hides".encode("utf-16"))
    read(library, folder)
    assert found(library, folder, "walrus sings") == [("new\nline.txt", 1, 0)]
    assert found(library, folder, "Käse")[0][0] == "Grüße.txt"
    assert found(library, folder, "zebra")[0][0] == os.fsdecode(b"stray\xff.txt")
    assert found(library, folder, "okapi")[0][0] == "wide.txt"


def test_links_lead_nowhere(library: Library, folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("the walrus sings")
    (folder / "file").symlink_to(outside / "a.txt")
    (folder / "folder").symlink_to(outside)
    read(library, folder)
    assert found(library, folder, "walrus") == []


def test_moved_files_are_not_taken_apart_again(library: Library, folder: Path) -> None:
    (folder / "old").mkdir()
    for number in range(50):
        (folder / "old" / f"{number}.txt").write_text(f"animal{number} sings")
    read(library, folder)
    before = library.shelf.base.execute("select max(id) from passages").fetchone()
    (folder / "old").rename(folder / "new")
    library.work(str(folder), time.monotonic() + 60, look=True)
    assert found(library, folder, "animal7")[0][0] == "new/7.txt"
    assert library.shelf.base.execute("select max(id) from passages").fetchone() == before
    assert library.shelf.counts(str(folder)).files == 50


def test_deleted_and_changed_files_leave_nothing(library: Library, folder: Path) -> None:
    (folder / "a.txt").write_text("the walrus sings")
    (folder / "b.txt").write_text("the zebra runs")
    read(library, folder)
    (folder / "a.txt").unlink()
    (folder / "b.txt").write_text("the okapi hides")
    read(library, folder)
    assert found(library, folder, "walrus sings") == found(library, folder, "zebra runs") == []
    assert found(library, folder, "okapi") == [("b.txt", 1, 0)]
    assert library.shelf.base.execute("select count(*) from passages").fetchone() == (1,)


def test_an_answer_is_held_against_the_file_as_it_is(library: Library, folder: Path) -> None:
    path = folder / "a.txt"
    path.write_text("the walrus sings")
    read(library, folder)
    (hit,) = recall.find(library.shelf, library.embedder, "walrus", [str(folder)])
    held = (library.disk, library.shelf, str(path), hit.facts, hit.digest)
    assert still_holds(*held)
    info = path.stat()
    path.write_text("the walrus flies")  # of the same size,
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))  # and its time set back
    assert not still_holds(*held)
    path.write_text("the walrus sings")
    assert still_holds(*held)
    path.unlink()
    assert not still_holds(*held)


def test_a_large_text_is_read_from_its_beginning(library: Library, folder: Path) -> None:
    with open(folder / "big.log", "w", encoding="utf-8") as out:
        out.write("the walrus sings\n")
        for _ in range(50):
            out.write("0123456789 some line of a log\n" * 35_000)
    library.work(str(folder), time.monotonic() + 5, look=True)
    assert trouble(library, folder)["big.log"] == "only its first 4 MiB are read"
    assert found(library, folder, "walrus sings")[0] == ("big.log", 1, 0)


def test_it_goes_on_where_it_was_stopped(library: Library, folder: Path) -> None:
    for number in range(40):
        (folder / f"{number}.txt").write_text(f"animal{number} sings")
    library.work(str(folder), time.monotonic(), look=True)
    assert library.shelf.counts(str(folder)).waiting == 40
    library.work(str(folder), time.monotonic() + 60, look=False)
    counts = library.shelf.counts(str(folder))
    assert (counts.files, counts.waiting, counts.bare) == (40, 0, 0)


def test_a_damaged_index_is_made_anew_and_the_named_folders_stay(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    for number in range(300):
        (folder / f"{number}.txt").write_text(f"animal{number} sings " + "of the sea " * 40)
    keep(library.own, [str(folder)])
    library.work(str(folder), time.monotonic() + 60, look=True)
    library.shelf.base.execute("pragma wal_checkpoint(truncate)").fetchone()
    library.shelf.close()
    path = library.own / "passages.db"
    size = path.stat().st_size
    with open(path, "r+b") as out:  # its beginning, which opening looks at, is whole
        out.seek(size // 3)
        out.write(b"\xff" * (size // 2))
    with making.library(folder, tmp_path / "own") as second, suppress(DeviceFailed):
        found(second, folder, "animal7")
        second.work(str(folder), time.monotonic() + 60, look=True)
    with making.library(folder, tmp_path / "own") as third:
        assert "it was found damaged when it was used" in (second.shelf.remade, third.shelf.remade)
        assert third.named() == [str(folder)]
        read(third, folder)
        assert found(third, folder, "animal7")[0][0] == "7.txt"
    (library.own / "passages.db").write_bytes(b"no database" * 1000)
    with making.library(folder, tmp_path / "own") as last:
        assert last.shelf.remade == "file is not a database"


def test_a_full_disk_keeps_what_was_read_before(library: Library, folder: Path) -> None:
    (folder / "a.txt").write_text("the walrus sings")
    read(library, folder)
    (pages,) = library.shelf.base.execute("pragma page_count").fetchone()
    library.shelf.base.execute(f"pragma max_page_count = {pages + 2}")
    (folder / "b.txt").write_text("the zebra runs " * 5_000)
    with pytest.raises(NoSpace, match="what was read of files before is kept"):
        read(library, folder)
    assert found(library, folder, "walrus sings") == [("a.txt", 1, 0)]
    library.shelf.base.execute("pragma max_page_count = 1000000")
    read(library, folder)
    assert found(library, folder, "zebra runs")[0][0] == "b.txt"


def test_what_has_no_vector_yet_is_found_by_its_words(library: Library, folder: Path) -> None:
    (folder / "old.txt").write_text("the walrus sings at noon")
    read(library, folder)
    (folder / "new.txt").write_text("the zebra sings in the rain")
    library.work(str(folder), time.monotonic(), look=True)
    library._read_some(str(folder), time.monotonic() + 60, set())
    assert library.shelf.counts(str(folder)).bare == 1
    assert found(library, folder, "zebra in the rain")[0] == ("new.txt", 1, 0)
    assert found(library, folder, "walrus at noon")[0] == ("old.txt", 1, 0)


def test_two_do_not_read_at_once(library: Library, folder: Path, tmp_path: Path) -> None:
    with making.library(folder, tmp_path / "own") as other:
        with library.alone() as mine, other.alone() as theirs:
            assert mine and not theirs
        with other.alone() as theirs:
            assert theirs


def test_what_was_read_is_found_by_another_process_at_once(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    with making.library(folder, tmp_path / "own") as other:
        assert found(other, folder, "walrus") == []
        (folder / "a.txt").write_text("the walrus sings")
        read(library, folder)
        assert found(other, folder, "walrus") == [("a.txt", 1, 0)]


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.documents.library.find_spec", lambda name: None)
    with pytest.raises(NotSupported, match=r"pip install 'aosh\[documents\]'"):
        open_library(Grants())


def test_a_parser_that_is_gone_is_told_and_costs_the_document_alone(folder: Path, tmp_path: Path) -> None:
    (folder / "a.txt").write_text("the walrus sings")
    (folder / "b.pdf").write_bytes(making.pdf("the zebra runs"))
    with making.library(folder, tmp_path / "own") as made:
        made.parser.close()
        with pytest.raises(SystemExit):
            read(made, folder)
    with making.library(folder, tmp_path / "own") as again:
        read(again, folder)
        assert found(again, folder, "walrus") == [("a.txt", 1, 0)]
        assert trouble(again, folder) == {"b.pdf": "the process that reads such files ended over it"}
