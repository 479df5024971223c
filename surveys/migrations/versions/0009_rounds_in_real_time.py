"""rounds in real time

Revision 0009, after 0008.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In one statement: rebuilding the table for a constraint would drop what refers to it on SQLite.
    op.execute(
        "ALTER TABLE round ADD COLUMN mode VARCHAR(24) DEFAULT 'classical' NOT NULL"
        " CONSTRAINT ck_round_roundmode CHECK (mode IN ('classical', 'real_time'))"
    )
    op.add_column("item_result", sa.Column("movement", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "first_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("round_item_id", sa.Integer(), nullable=False),
        sa.Column("rating_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rating_id"],
            ["rating.id"],
            name=op.f("fk_first_answer_rating_id_rating"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["response.id"],
            name=op.f("fk_first_answer_response_id_response"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["round_item_id"],
            ["round_item.id"],
            name=op.f("fk_first_answer_round_item_id_round_item"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_first_answer")),
        sa.UniqueConstraint("rating_id", name=op.f("uq_first_answer_rating_id")),
        sa.UniqueConstraint(
            "response_id", "round_item_id", name=op.f("uq_first_answer_response_id_round_item_id")
        ),
    )
    op.create_index(op.f("ix_first_answer_round_item_id"), "first_answer", ["round_item_id"])
    op.create_table(
        "figure_release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_item_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("streams", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("comments_until", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_item_id"],
            ["round_item.id"],
            name=op.f("fk_figure_release_round_item_id_round_item"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_release")),
        sa.UniqueConstraint(
            "round_item_id", "number", name=op.f("uq_figure_release_round_item_id_number")
        ),
    )
    op.create_index(
        "uq_figure_release_latest",
        "figure_release",
        ["round_item_id"],
        unique=True,
        sqlite_where=sa.text("latest = 1"),
        postgresql_where=sa.text("latest"),
    )
    op.create_table(
        "release_shown",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["expert_id"],
            ["expert.id"],
            name=op.f("fk_release_shown_expert_id_expert"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["figure_release.id"],
            name=op.f("fk_release_shown_release_id_figure_release"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_shown")),
        sa.UniqueConstraint(
            "release_id", "expert_id", name=op.f("uq_release_shown_release_id_expert_id")
        ),
    )
    op.create_index(op.f("ix_release_shown_expert_id"), "release_shown", ["expert_id"])


def downgrade() -> None:
    op.drop_table("release_shown")
    op.drop_table("figure_release")
    op.drop_table("first_answer")
    op.drop_column("item_result", "movement")
    op.drop_column("round", "mode")
