"""Real files for tests: PDF and office files made by their libraries or by hand, and a library over a folder."""

import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.documents.library import Library
from apps.sdk import Grants, Root
from memory.embedding import HashedWords

ROOT = Path(__file__).parents[2]
_PARSER = (
    "import sys; sys.path.append(sys.argv[1]); from apps.documents.parser import main; main(sys.argv[2:])"
)


@contextmanager
def library(folder: Path, own: Path) -> Iterator[Library]:
    """A library that may read `folder`, with a parser of its own; beside the jail, so that it can be looked into."""
    own.mkdir(exist_ok=True)
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-c", _PARSER, str(ROOT), json.dumps({"channel": theirs.fileno()})]
    with subprocess.Popen(command, pass_fds=(theirs.fileno(),)) as parser:
        theirs.close()
        with contextlib.ExitStack() as stack:
            stack.callback(parser.wait, 10)
            stack.callback(ours.close)
            beside = {"parser": os.dup(ours.fileno())}
            grants = Grants((Root(str(folder)),), str(folder), str(own), beside=beside)
            made = Library(grants, HashedWords())
            stack.callback(made.close)
            yield made


def pdf(*pages: str) -> bytes:
    """A PDF with a line of text a page, written by hand."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    kids = []
    for text in pages:
        drawn = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode("latin-1")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn))
        content = len(objects)
        resources = b"<< /Font << /F1 %s >> >>" % font
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R /Resources %s >>"
            % (content, resources)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()


def locked_pdf(text: str) -> bytes:
    """A PDF that nobody opens without its password."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(text))))
    writer.encrypt("a password", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def docx(*paragraphs: str) -> bytes:
    """A Word file with a heading, paragraphs and a table."""
    from docx import Document

    made = Document()
    made.add_heading(paragraphs[0])
    for text in paragraphs[1:]:
        made.add_paragraph(text)
    made.add_table(1, 2).rows[0].cells[1].text = "in a cell"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def bomb() -> bytes:
    """A Word file whose document would be four gigabytes long."""
    real = zipfile.ZipFile(io.BytesIO(docx("x")))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in real.namelist():
            if name != "word/document.xml":
                archive.writestr(name, real.read(name))
        with archive.open("word/document.xml", "w", force_zip64=True) as document:
            for _ in range(300):
                document.write(b" " * (1 << 20))
    return out.getvalue()


def xlsx(*rows: tuple[object, ...]) -> bytes:
    """An Excel file with one sheet."""
    from openpyxl import Workbook

    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def packed(**parts: str) -> bytes:
    """A zip archive; `__` in a name stands for a slash, `_0` for the dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_0", "."), text)
    return out.getvalue()
