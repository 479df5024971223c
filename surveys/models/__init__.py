"""Rows: SQLAlchemy classes, one aggregate per file. No rules, no requests, no mail.

Importing the package registers every table; migrations live in surveys/migrations.
"""

from surveys.models import (
    amendment,
    audit,
    contact,
    draft,
    feedback,
    invitation,
    item,
    live,
    mail,
    moderation,
    panel,
    profile,
    researcher,
    response,
    result,
    round,
    study,
    upload,
)

__all__ = [
    "amendment",
    "audit",
    "contact",
    "draft",
    "feedback",
    "invitation",
    "item",
    "live",
    "mail",
    "moderation",
    "panel",
    "profile",
    "researcher",
    "response",
    "result",
    "round",
    "study",
    "upload",
]
