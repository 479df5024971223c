"""Requests that bring a file may be larger than others; no other request may."""

from __future__ import annotations

from flask import Request

from surveys.items.media import LARGEST_PDF
from surveys.services import spreadsheets, study_files

# How large the file may be that comes with a request, by what it is for.
BRINGS_A_FILE = {
    "researchers.attach_evidence": LARGEST_PDF,
    "researchers.read_people": spreadsheets.LARGEST,
    "researchers.begin_from_file": study_files.LARGEST_ARCHIVE,
    "researchers.look_at_spreadsheet": spreadsheets.LARGEST,
    "researchers.look_at_more": spreadsheets.LARGEST,
}
# For the fields that come with the file.
ROOM = 200_000


class RequestWithFile(Request):
    """A request whose limit follows from what it is for."""

    def limit(self) -> int | None:
        """How many bytes it may have, known before anything is read of it."""
        if self.endpoint in BRINGS_A_FILE:
            return BRINGS_A_FILE[self.endpoint] + ROOM
        return super().max_content_length

    max_content_length = Request.max_content_length.getter(limit)  # type: ignore[attr-defined]
