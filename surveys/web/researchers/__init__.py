"""The researchers' side. Every page behind it needs a sign-in, and a role in the study it shows."""

from __future__ import annotations

from flask import Blueprint

researchers = Blueprint("researchers", __name__, url_prefix="/studies")

from surveys.web.researchers import (  # noqa: E402
    accounts,
    asking,
    comments,
    consent,
    design,
    editing,
    entering,
    evidence,
    guards,
    identities,
    monitor,
    nudging,
    panel,
    panel_import,
    preview,
    receipts,
    results,
    rounds,
    shelf,
    statements,
    studies,
    study_files,
    surroundings,
    team,
    trail,
    translations,
)

__all__ = [
    "accounts",
    "asking",
    "comments",
    "consent",
    "entering",
    "design",
    "editing",
    "evidence",
    "guards",
    "identities",
    "monitor",
    "nudging",
    "panel",
    "panel_import",
    "preview",
    "receipts",
    "researchers",
    "results",
    "shelf",
    "rounds",
    "statements",
    "studies",
    "study_files",
    "surroundings",
    "team",
    "trail",
    "translations",
]
