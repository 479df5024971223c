"""Send a file of a study: to be looked at or saved, never to run."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, abort, current_app, send_file

from surveys.items.media import PDF
from surveys.models.base import db
from surveys.services import uploading

# Whatever a file turned out to be, it gets no scripts, no forms and no origin of ours.
NOTHING = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def file_of(study_id: int, digest: str) -> Response:
    """A file of this study, as what it was found to be; 404 for any other."""
    store: uploading.UploadStore = current_app.extensions["rondo.uploads"]
    found = uploading.find(db.session, study_id, digest)
    if found is None or not store.path(found.digest).is_file():
        abort(HTTPStatus.NOT_FOUND)
    response = send_file(
        store.path(found.digest),
        mimetype=found.type,
        download_name=found.name,
        # A picture is drawn on the page; a PDF is saved, and opened by a program of its own.
        as_attachment=found.type == PDF,
        etag=found.digest,
    )
    response.headers["Content-Security-Policy"] = NOTHING
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
