"""rehearsals and the shelf

Revision 0020, after 0019.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In one statement each: rebuilding the table for a constraint would drop what refers to it on SQLite.
    op.execute(
        "ALTER TABLE study ADD COLUMN rehearsal_of_id INTEGER"
        " CONSTRAINT fk_study_rehearsal_of_id_study REFERENCES study (id)"
    )
    op.execute(
        "ALTER TABLE study ADD COLUMN rehearsal_kind VARCHAR(24)"
        " CONSTRAINT ck_study_rehearsalkind CHECK (rehearsal_kind IN ('dry_run', 'pilot'))"
        " CONSTRAINT ck_study_rehearsal_whole"
        " CHECK ((rehearsal_of_id IS NULL) = (rehearsal_kind IS NULL))"
    )
    op.add_column("study", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_study_rehearsal_of_id"), "study", ["rehearsal_of_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_study_rehearsal_of_id"), table_name="study")
    op.drop_column("study", "archived_at")
    op.drop_column("study", "rehearsal_kind")
    op.drop_column("study", "rehearsal_of_id")
