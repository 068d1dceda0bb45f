"""Which files are not read at all, by their names and sizes: what nobody searches, and what must not be copied."""

from syscalls.secrecy import is_secret

FOLDERS = frozenset({"node_modules", "__pycache__", "site-packages", "bower_components", "lost+found"})
"""Beside every folder whose name begins with a dot."""
MARKS = frozenset({"pyvenv.cfg", "CACHEDIR.TAG"})
"""A folder that holds a file of such a name is made by a program, and can be made again."""
TEXT_BYTES = 4 << 20
"""So much of a text is read; of a longer one the beginning."""
DOCUMENT_BYTES = 64 << 20
"""Larger documents (PDF, office) are not read."""
HUGE_BYTES = 1 << 30
"""Of larger files not even the beginning."""
_BINARY = frozenset(
    "7z a apk avi avif bin bmp bz2 class db deb dll dmg doc dylib exe flac gif gz heic ico iso jar jpeg jpg "
    "lib m4a mkv mov mp3 mp4 mpg msi o obj ogg onnx opus otf parquet pdb png ppt psd pt pyc pyd rar rpm "
    "safetensors so sqlite sqlite3 swf tar tgz tif tiff ttf wasm wav webm webp wmv woff woff2 xls xz zip zst".split()
)
"""Endings of what is no text and no document that can be read here."""
_MADE = ("package-lock.json", "yarn.lock", "poetry.lock", "cargo.lock", "uv.lock", "pnpm-lock.yaml")
_MADE_ENDINGS = (".min.js", ".min.css", ".map", ".svg")


def refusal(path: str, size: int) -> str:
    """Why a file is not read, for people; empty where it may be.

    Args:
        path: absolute.
        size: bytes.
    """
    name = path.rpartition("/")[2].lower()
    if is_secret(path):
        return "its name says that it holds secrets"
    if name.rpartition(".")[2] in _BINARY and "." in name:
        return "it is no text"
    if name in _MADE or name.endswith(_MADE_ENDINGS):
        return "it is made by a program"
    if size > HUGE_BYTES:
        return f"it is larger than {HUGE_BYTES >> 20} MiB"
    return ""


def is_passed_over(name: str) -> bool:
    """Whether a folder of that name is not looked into."""
    return name.startswith(".") or name in FOLDERS
