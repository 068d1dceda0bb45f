"""What PDF, office and web files say, as plain text. Runs in the parser's jail only: nothing here is to be trusted with more."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

MOST_CHARACTERS = 4 << 20
UNPACKED_BYTES = 256 << 20
"""What a packed file may come to; the size it says it has is believed, and the jail's limit on memory holds besides."""
_ENTRIES = 10_000
_ROWS = 20_000
_ODF = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}%s"
_DRAWN = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_BLOCKS = frozenset(
    "p div li tr br h1 h2 h3 h4 h5 h6 title section article header footer blockquote pre table ul ol dt dd".split()
)

Told = Iterator[tuple[str, int]]
"""(text, page): pages, slides and sheets are counted from 1; 0 where there are none."""


class Unreadable(Exception):
    """Nothing can be read of it; the text says why."""


def pdf(raw: bytes) -> Told:
    """A page at a time."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(raw))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("it is encrypted; a copy without a password can be read")
    for number, page in enumerate(reader.pages, 1):
        yield page.extract_text(), number


def docx(raw: bytes) -> Told:
    """Paragraphs and tables in their order; headings marked as in Markdown."""
    from docx import Document
    from docx.table import Table

    _check_packed(raw)
    lines = []
    for block in Document(io.BytesIO(raw)).iter_inner_content():
        if isinstance(block, Table):
            lines += ["\t".join(cell.text for cell in row.cells) for row in block.rows]
        elif block.style is not None and str(block.style.name).startswith(("Heading", "Title")):
            lines.append(f"# {block.text}")
        else:
            lines.append(block.text)
    yield "\n\n".join(lines), 0


def xlsx(raw: bytes) -> Told:
    """A sheet at a time, cells of a row parted by tabs."""
    from openpyxl import load_workbook

    _check_packed(raw)
    book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    for number, sheet in enumerate(book.worksheets, 1):
        lines = [f"# {sheet.title}"]
        for row in sheet.iter_rows(max_row=_ROWS, values_only=True):
            cells = [str(cell) for cell in row if cell is not None]
            lines += ["\t".join(cells)] if cells else []
        yield "\n".join(lines), number


def pptx(raw: bytes) -> Told:
    """A slide at a time."""
    archive = _check_packed(raw)
    names = [name for name in archive.namelist() if re.fullmatch(r"ppt/slides/slide\d+\.xml", name)]
    for number, name in enumerate(sorted(names, key=lambda each: int(re.sub(r"\D", "", each))), 1):
        lines = [_text(each, f"{_DRAWN}t") for each in _xml(archive.read(name)).iter(f"{_DRAWN}p")]
        yield "\n".join(lines), number


def odf(raw: bytes) -> Told:
    """A text, or a sheet or slide at a time, of OpenDocument files."""
    archive = _check_packed(raw)
    if "META-INF/manifest.xml" in archive.namelist() and b"encryption-data" in archive.read(
        "META-INF/manifest.xml"
    ):
        raise Unreadable("it is encrypted; a copy without a password can be read")
    body = _xml(archive.read("content.xml"))
    pages = [*body.iter(_ODF % ("drawing", "page")), *body.iter(_ODF % ("table", "table"))]
    is_paged = body.find(f".//{_ODF % ('office', 'text')}") is None and bool(pages)
    for number, page in enumerate(pages if is_paged else [body], 1):
        yield "\n\n".join(_paragraphs(page)), number if is_paged else 0


def html(raw: bytes) -> Told:
    """What a browser would show, roughly."""
    from lxml.html import HTMLParser, document_fromstring

    page = document_fromstring(raw, parser=HTMLParser(encoding=_charset(raw), huge_tree=False))
    for element in page.xpath("//script | //style | //head | //noscript | //comment()"):
        element.drop_tree()
    for element in page.iter(*_BLOCKS):
        element.tail = f"\n{element.tail or ''}"
        element.text = f"\n{element.text or ''}"
    yield re.sub(r"[ \t]+", " ", page.text_content()), 0


READERS: dict[str, Callable[[bytes], Told]] = {
    "pdf": pdf, "docx": docx, "xlsx": xlsx, "pptx": pptx,
    "odt": odf, "ods": odf, "odp": odf, "html": html, "htm": html, "xhtml": html,
}  # fmt: skip
"""By ending of the name."""


def _paragraphs(element: "_Element") -> list[str]:
    found = []
    for each in element.iter(_ODF % ("text", "h"), _ODF % ("text", "p")):
        mark = "# " if each.tag == _ODF % ("text", "h") else ""
        found.append(mark + "".join(map(str, each.itertext())))
    return found


def _text(element: "_Element", tag: str) -> str:
    return "".join(each.text or "" for each in element.iter(tag))


def _xml(raw: bytes) -> "_Element":
    from lxml import etree

    return etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))


def _charset(raw: bytes) -> str | None:
    """UTF-8 where it is; else what the page says."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _check_packed(raw: bytes) -> zipfile.ZipFile:
    """The archive, unless it would unpack to too much.

    Raises:
        Unreadable: it would, or is none.
    """
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("it is encrypted, or of an old format; a copy without a password can be read")
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except zipfile.BadZipFile:
        raise Unreadable("it is damaged: no zip archive, as its format would be") from None
    entries = archive.infolist()
    size = sum(each.file_size for each in entries)
    if size > UNPACKED_BYTES or len(entries) > _ENTRIES:
        raise Unreadable(
            f"it would unpack to {size >> 20} MiB in {len(entries)} parts, at most "
            f"{UNPACKED_BYTES >> 20} MiB in {_ENTRIES} are read"
        )
    return archive
