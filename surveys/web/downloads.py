"""What leaves as a file, to be kept and not shown."""

from __future__ import annotations

from flask import Response


def attached(content: str | bytes, name: str, content_type: str) -> Response:
    """The content as a file of this name. A type of text says its encoding itself: it is UTF-8."""
    return Response(
        content,
        mimetype=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
