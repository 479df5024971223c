"""The experts' side: from a personal link to a receipt.

``links`` serves the personal link and sets the cookie; ``experts`` serves everything behind it, and
its one guard runs before every page: the participation in the address must be in the cookie.
"""

from __future__ import annotations

from flask import Blueprint

links = Blueprint("links", __name__, url_prefix="/p")
experts = Blueprint("experts", __name__, url_prefix="/e/<participation>")

# Modules register their routes on import.
from surveys.web.experts import (  # noqa: E402
    about_you,
    access,
    consent,
    deadline,
    evidence,
    leaving,
    own_data,
    polling,
    questionnaire,
)

__all__ = [
    "about_you",
    "access",
    "consent",
    "deadline",
    "evidence",
    "experts",
    "leaving",
    "links",
    "own_data",
    "polling",
    "questionnaire",
]
