"""self-rated expertise

Revision 0008, after 0007.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Which version stands is unique for an item, and for a theme.
LATEST = {
    f"uq_self_rating_latest_{subject}": (
        ["response_id", f"{subject}_id"],
        sa.text(f"latest AND {subject}_id IS NOT NULL"),
    )
    for subject in ("round_item", "theme")
}


def upgrade() -> None:
    # In one statement: rebuilding the table for a constraint would drop what refers to it on SQLite.
    op.execute(
        "ALTER TABLE round ADD COLUMN expertise VARCHAR(24) DEFAULT 'nothing' NOT NULL"
        " CONSTRAINT ck_round_askedabout CHECK (expertise IN ('nothing', 'item', 'theme'))"
    )
    op.create_table(
        "self_rating",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("round_item_id", sa.Integer(), nullable=True),
        sa.Column("theme_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(round_item_id IS NULL) <> (theme_id IS NULL)",
            name=op.f("ck_self_rating_of_item_or_theme"),
        ),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_self_rating_level")),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["response.id"],
            name=op.f("fk_self_rating_response_id_response"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["round_item_id"],
            ["round_item.id"],
            name=op.f("fk_self_rating_round_item_id_round_item"),
        ),
        sa.ForeignKeyConstraint(
            ["theme_id"], ["theme.id"], name=op.f("fk_self_rating_theme_id_theme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_self_rating")),
        sa.UniqueConstraint(
            "response_id",
            "round_item_id",
            "version",
            name=op.f("uq_self_rating_response_id_round_item_id_version"),
        ),
        sa.UniqueConstraint(
            "response_id",
            "theme_id",
            "version",
            name=op.f("uq_self_rating_response_id_theme_id_version"),
        ),
    )
    with op.batch_alter_table("self_rating", schema=None) as batch_op:
        for name, (columns, where) in LATEST.items():
            batch_op.create_index(
                name, columns, unique=True, sqlite_where=where, postgresql_where=where
            )


def downgrade() -> None:
    with op.batch_alter_table("self_rating", schema=None) as batch_op:
        for name in LATEST:
            batch_op.drop_index(name)

    op.drop_table("self_rating")
    op.drop_column("round", "expertise")
