"""Keep files that a study shows, by what they hold; hand them to nobody but that study's people."""

from __future__ import annotations

import hashlib
import os
import secrets
from datetime import datetime
from pathlib import Path, PurePath

from sqlalchemy import select

from surveys.items.evidence import StoredFile
from surveys.items.media import PDF, recognise
from surveys.models.base import AnySession
from surveys.models.study import Study
from surveys.models.upload import Upload

LONGEST_NAME = 120
ENDINGS = {PDF: ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}


class UploadStore:
    """A folder of files, each named by the SHA-256 of its content, so that none is ever changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, digest: str) -> Path:
        """Where a file lies, or would."""
        return self.folder / digest[:2] / digest

    def put(self, content: bytes) -> str:
        """Keep a content and say its name. It is there whole or not at all."""
        digest = hashlib.sha256(content).hexdigest()
        path = self.path(digest)
        if path.exists():
            return digest
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = path.with_name(f"{digest}.{secrets.token_hex(4)}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        return digest


def describe(content: bytes, name: str) -> StoredFile:
    """What a file is, under a name that fits what it is. Raises UnfitFile."""
    media = recognise(content)
    digest = hashlib.sha256(content).hexdigest()
    return StoredFile(digest, tidy_name(name, ENDINGS[media.type]), media, len(content))


def keep(
    session: AnySession,
    study: Study,
    store: UploadStore,
    content: bytes,
    name: str,
    *,
    at: datetime,
) -> StoredFile:
    """Keep a file of a study; the same content twice is one file. Raises UnfitFile."""
    file = describe(content, name)
    store.put(content)
    there = session.scalar(
        select(Upload.id).where(Upload.study_id == study.id, Upload.digest == file.digest)
    )
    if there is None:
        session.add(
            Upload(
                study_id=study.id,
                digest=file.digest,
                name=file.name,
                type=file.media.type,
                size=file.size,
                created_at=at,
            )
        )
        session.flush()
    return file


def find(session: AnySession, study_id: int, digest: str) -> Upload | None:
    """A file of a study."""
    return session.scalar(
        select(Upload).where(Upload.study_id == study_id, Upload.digest == digest)
    )


def tidy_name(name: str, ending: str) -> str:
    """A file's name as experts may save it: one line, no folders, the ending of what it is."""
    stem = PurePath(name.replace("\\", "/")).stem
    plain = "".join(sign if sign.isalnum() or sign in " -_." else "_" for sign in stem).strip(" .")
    return (plain or "file")[: LONGEST_NAME - len(ending)] + ending
