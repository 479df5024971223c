"""find what stands

Revision 0004, after 0003.

SQLite takes a partial index only for a query that repeats its condition word for word, and SQLAlchemy
asks for "latest = 1": until now every read of what stands went through history. Responses come first,
because everything that reads ratings comes from them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def index_latest(columns: list[str], on_sqlite: str) -> None:
    for table in ("rating", "comment"):
        op.drop_index(f"uq_{table}_latest", table_name=table)
        op.create_index(
            f"uq_{table}_latest",
            table,
            columns,
            unique=True,
            sqlite_where=sa.text(on_sqlite),
            postgresql_where=sa.text("latest"),
        )


def upgrade() -> None:
    index_latest(["response_id", "round_item_id"], "latest = 1")


def downgrade() -> None:
    index_latest(["round_item_id", "response_id"], "latest")
