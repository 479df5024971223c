"""The two append-only logs, of ratings and of comments: what stands, what was said before, append.

Statements are put together once, because building one costs several times what running it does. They
name tables and not classes: the session need not remember what it reads here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import bindparam, insert, select, update

from surveys.delphi.answer import Answer, Missing
from surveys.models.base import AnySession
from surveys.models.response import Comment, Rating

Said = TypeVar("Said")
# Up to so many items are named; naming more costs more than reading a whole response.
FEW_ITEMS = 8


class Version(NamedTuple, Generic[Said]):
    """What was said of one item, and its number among the versions; 0 before the first."""

    number: int
    said: Said
    given_at: datetime | None = None


class Log(Generic[Said]):
    """One log; ``nothing`` is what nobody said, ``content`` the columns that hold what was said."""

    def __init__(
        self,
        kind: type[Rating] | type[Comment],
        content: Sequence[str],
        read: Callable[[Any], Said],
        nothing: Said,
    ) -> None:
        self._read = read
        self.nothing: Version[Said] = Version(0, nothing)
        table: Any = kind.__table__
        columns = table.c
        versions = select(
            columns.round_item_id,
            columns.version,
            columns.given_at,
            *(columns[name] for name in content),
        ).where(columns.response_id == bindparam("of"))
        named = columns.round_item_id.in_(bindparam("items", expanding=True))
        self._standing = versions.where(columns.latest)
        self._standing_of_few = self._standing.where(named)
        self._in_version = versions.where(
            columns.round_item_id == bindparam("item"), columns.version == bindparam("number")
        )
        self._supersede = (
            update(table)
            .where(columns.response_id == bindparam("of"), columns.latest, named)
            .values(latest=False)
        )
        self._append = insert(table)

    def standing(
        self, session: AnySession, response_id: int, items: Collection[int] | None = None
    ) -> dict[int, Version[Said]]:
        """The latest versions of a response, by round item; of other items than these at will."""
        if items is None or len(items) > FEW_ITEMS:
            rows = session.execute(self._standing, {"of": response_id})
        else:
            rows = session.execute(self._standing_of_few, {"of": response_id, "items": list(items)})
        return {
            row.round_item_id: Version(row.version, self._read(row), row.given_at) for row in rows
        }

    def in_version(
        self, session: AnySession, response_id: int, round_item_id: int, number: int
    ) -> Version[Said]:
        """What one version said."""
        row = session.execute(
            self._in_version, {"of": response_id, "item": round_item_id, "number": number}
        ).first()
        return Version(row.version, self._read(row), row.given_at) if row else self.nothing

    def append(self, session: AnySession, response_id: int, rows: Sequence[dict[str, Any]]) -> None:
        """Let new versions stand: the ones before stop being the latest, nothing else is changed."""
        if not rows:
            return
        later = [row["round_item_id"] for row in rows if row["version"] > 1]
        if later:
            session.execute(self._supersede, {"of": response_id, "items": later})
        session.execute(
            self._append, [{"response_id": response_id, "latest": True, **row} for row in rows]
        )


RATINGS: Log[Answer] = Log(
    Rating,
    ("value", "detail", "missing"),
    lambda row: Answer(row.value, row.detail, row.missing),
    Answer.absent(Missing.SKIPPED),
)
COMMENTS: Log[str] = Log(Comment, ("text",), lambda row: row.text, "")
