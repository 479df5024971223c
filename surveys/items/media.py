"""What a file really is: PDF, PNG, JPEG or WebP, told by its content and never by its name.

Pictures are walked through part by part, so that their size is known and nothing hangs behind their end.
No picture is decoded: the browser does that, from a page that lets it do nothing else.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass

from surveys.items.base import N_, Sentence

LARGEST_PICTURE = 1_000_000
LARGEST_PDF = 5_000_000
# Pixels on a side: a phone has to hold the picture in memory.
LONGEST_SIDE = 6_000
PDF = "application/pdf"

_PNG = b"\x89PNG\r\n\x1a\n"
_PDF_HEAD = re.compile(rb"%PDF-[12]\.\d")
# What a PDF may do besides being read. Compressed parts are not looked into, where chance writes any
# three letters; a PDF is always sent to be saved, never to be run inside a page of ours.
_STREAMS = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)
_ACTIVE = re.compile(
    rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData)\b"
)
# Frames of a JPEG that carry its size: all SOF markers but DHT, JPG and DAC.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


class UnfitFile(ValueError):
    """A file that cannot be shown; ``sentence`` says why."""

    def __init__(self, text: str, **values: object) -> None:
        self.sentence = Sentence(text, values)
        super().__init__(str(self.sentence))


@dataclass(frozen=True, slots=True)
class Media:
    """What a file is; of a picture also its size in pixels."""

    type: str
    width: int | None = None
    height: int | None = None

    @property
    def is_picture(self) -> bool:
        """Whether it can be drawn on a page."""
        return self.width is not None


def recognise(content: bytes) -> Media:
    """What a file is. Raises UnfitFile for anything but a whole PDF, PNG, JPEG or WebP of fit size."""
    if not content:
        raise UnfitFile(N_("This file is empty."))
    if content.startswith(b"%PDF-"):
        _check_size(content, LARGEST_PDF)
        return _pdf(content)
    for starts, read in ((_PNG, _png), (b"\xff\xd8\xff", _jpeg), (b"RIFF", _webp)):
        if content.startswith(starts):
            _check_size(content, LARGEST_PICTURE)
            try:
                media = read(content)
            except (struct.error, IndexError):
                raise UnfitFile(N_("This picture is damaged: it ends too early.")) from None
            sides = (media.width or 0, media.height or 0)
            if not min(sides) > 0 or max(sides) > LONGEST_SIDE:
                raise UnfitFile(
                    N_(
                        "A picture may be up to %(longest)s pixels wide and high; this is %(size)s."
                    ),
                    longest=LONGEST_SIDE,
                    size=f"{sides[0]} × {sides[1]}",
                )
            return media
    raise UnfitFile(N_("Only PDF files and PNG, JPEG or WebP pictures can be shown."))


def _check_size(content: bytes, largest: int) -> None:
    if len(content) > largest:
        raise UnfitFile(
            N_("This file is too large: at most %(largest)s kB, and it has %(size)s kB."),
            largest=largest // 1000,
            size=len(content) // 1000,
        )


def _pdf(content: bytes) -> Media:
    if not _PDF_HEAD.match(content) or b"startxref" not in content[-2048:]:
        raise UnfitFile(N_("This PDF is damaged: its beginning or its end is missing."))
    if b"%%EOF" not in content[-1024:]:
        raise UnfitFile(N_("This PDF is damaged: its beginning or its end is missing."))
    plain = _STREAMS.sub(b"", content)
    if b"/Encrypt" in plain:
        raise UnfitFile(N_("This PDF is protected by a password, so experts could not open it."))
    if _ACTIVE.search(plain):
        raise UnfitFile(
            N_("This PDF holds scripts, forms or files. Please export it as a plain PDF.")
        )
    return Media(PDF)


def _png(content: bytes) -> Media:
    """Chunk by chunk: length, type, data, checksum; IHDR first, IEND last and nothing behind it."""
    at, size, first = len(_PNG), (0, 0), True
    while True:
        length, kind = struct.unpack_from(">I4s", content, at)
        data = content[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", content, at + 8 + length)
        if zlib.crc32(kind + data) != checksum or first is not (kind == b"IHDR"):
            raise UnfitFile(N_("This picture is damaged."))
        if kind == b"acTL":
            raise UnfitFile(N_("Moving pictures cannot be shown."))
        if first:
            size, first = struct.unpack(">II", data[:8]), False
        at += 12 + length
        if kind == b"IEND":
            break
    if at != len(content):
        raise UnfitFile(N_("This picture has something behind its end, and is refused for that."))
    return Media("image/png", *size)


def _jpeg(content: bytes) -> Media:
    """Segment by segment to the frame that says the size; the end must be the end."""
    if not content.endswith(b"\xff\xd9"):
        raise UnfitFile(N_("This picture is damaged: it ends too early."))
    at = 2
    while True:
        if content[at] != 0xFF:
            raise UnfitFile(N_("This picture is damaged."))
        marker = content[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        (length,) = struct.unpack_from(">H", content, at + 2)
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return Media("image/jpeg", width, height)
        if marker == 0xDA or length < 2:  # the picture begins before its size was said
            raise UnfitFile(N_("This picture is damaged."))
        at += 2 + length


def _webp(content: bytes) -> Media:
    """A RIFF container: its length, then the one chunk or the header that says the size."""
    (length,) = struct.unpack_from("<I", content, 4)
    if content[8:12] != b"WEBP":
        raise UnfitFile(N_("Only PDF files and PNG, JPEG or WebP pictures can be shown."))
    if length + 8 != len(content):
        raise UnfitFile(N_("This picture is damaged."))
    kind, data = content[12:16], content[20:]
    if kind == b"VP8X":
        if data[0] & 0x02:
            raise UnfitFile(N_("Moving pictures cannot be shown."))
        width = 1 + int.from_bytes(data[4:7], "little")
        height = 1 + int.from_bytes(data[7:10], "little")
    elif kind == b"VP8L" and data[0] == 0x2F:
        bits = int.from_bytes(data[1:5], "little")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif kind == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 6))
    else:
        raise UnfitFile(N_("This picture is damaged."))
    return Media("image/webp", width, height)
