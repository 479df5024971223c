"""What items rest on: files of the study, for its experts alone."""

from __future__ import annotations

from flask import Response

from surveys.web.evidence import file_of
from surveys.web.experts import experts
from surveys.web.experts.access import visit


@experts.get("/evidence/<digest>")
def evidence(digest: str) -> Response:
    """A picture or a PDF of the study the expert takes part in."""
    return file_of(visit().study_id, digest)
