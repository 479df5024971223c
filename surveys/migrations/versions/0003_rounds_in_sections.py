"""rounds in sections

Revision 0003, after 0002.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In one statement: rebuilding the table for a constraint would drop what refers to it on SQLite.
    op.execute(
        "ALTER TABLE round ADD COLUMN layout VARCHAR(24) DEFAULT 'page' NOT NULL"
        " CONSTRAINT ck_round_roundlayout CHECK (layout IN ('page', 'sections'))"
    )


def downgrade() -> None:
    op.drop_column("round", "layout")
