"""Files that were sent and looked at, kept until the person decides: one day, and for nobody else.

They lie beside the database, so that nobody has to choose a file a second time. No file with names of
experts is ever set aside.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

KEPT = timedelta(days=1)
# What one person can set aside; the oldest goes first.
MOST = 10


@dataclass(frozen=True, slots=True)
class SetAside:
    """A file as it was sent: by what it was called, and what was said with it."""

    token: str
    content: bytes
    name: str
    said: dict[str, Any]


class Shelf:
    """A folder of files that were set aside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes, *, owner: int, name: str, at: datetime, **said: Any) -> str:
        """Keep a file for its owner; by the token it is found again."""
        self._tidy(owner, at)
        token = secrets.token_urlsafe(18)
        about = {"owner": owner, "name": name[:200], "at": at.isoformat(), "said": said}
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for ending, written in (
            (".file", content),
            # What makes it whole comes last.
            (".json", json.dumps(about).encode()),
        ):
            path = self._path(token, ending)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(written)
        return token

    def find(self, token: str, *, owner: int, at: datetime) -> SetAside | None:
        """A file of this owner; None for what is not there, no more, or somebody else's."""
        about = self._about(self._path(token, ".json"))
        if about is None or about["owner"] != owner or self._is_old(about, at):
            return None
        try:
            content = self._path(token, ".file").read_bytes()
        except OSError:
            return None
        return SetAside(token, content, str(about["name"]), dict(about["said"]))

    def drop(self, token: str) -> None:
        """Let go of a file."""
        for ending in (".json", ".file"):
            self._path(token, ending).unlink(missing_ok=True)

    def _path(self, token: str, ending: str) -> Path:
        # Whatever is asked for is the name of a file in this folder and never a way out of it.
        return self.folder / (hashlib.sha256(token.encode()).hexdigest() + ending)

    def _about(self, path: Path) -> dict[str, Any] | None:
        try:
            about: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return about

    def _is_old(self, about: dict[str, Any], at: datetime) -> bool:
        return at - datetime.fromisoformat(about["at"]) > KEPT

    def _tidy(self, owner: int, at: datetime) -> None:
        """Let go of what is old, of whomever, and of what this owner has too many of."""
        own = []
        for path in self.folder.glob("*.json"):
            about = self._about(path)
            if about is None:
                continue
            if self._is_old(about, at):
                path.unlink(missing_ok=True)
                path.with_suffix(".file").unlink(missing_ok=True)
            elif about["owner"] == owner:
                own.append((about["at"], path))
        for _at, path in sorted(own)[: max(0, len(own) - MOST + 1)]:
            path.unlink(missing_ok=True)
            path.with_suffix(".file").unlink(missing_ok=True)
