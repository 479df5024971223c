"""comments looked over

Revision 0010, after 0009.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "comment_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("flags", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("screened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wording", sa.String(), nullable=True),
        sa.Column(
            "place",
            sa.Enum(
                "first",
                "folded",
                name="place",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "merged_into_id <> comment_id", name=op.f("ck_comment_review_not_into_itself")
        ),
        sa.CheckConstraint(
            "wording IS NULL OR approved_at IS NOT NULL",
            name=op.f("ck_comment_review_reworded_is_approved"),
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comment.id"],
            name=op.f("fk_comment_review_comment_id_comment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"],
            ["comment.id"],
            name=op.f("fk_comment_review_merged_into_id_comment"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_review")),
        sa.UniqueConstraint("comment_id", name=op.f("uq_comment_review_comment_id")),
    )
    with op.batch_alter_table("comment_review", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_comment_review_merged_into_id"), ["merged_into_id"], unique=False
        )

    op.create_table(
        "comments_apart",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("comment_id < other_id", name=op.f("ck_comments_apart_smaller_first")),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comment.id"],
            name=op.f("fk_comments_apart_comment_id_comment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["other_id"],
            ["comment.id"],
            name=op.f("fk_comments_apart_other_id_comment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments_apart")),
        sa.UniqueConstraint(
            "comment_id", "other_id", name=op.f("uq_comments_apart_comment_id_other_id")
        ),
    )
    with op.batch_alter_table("comments_apart", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_comments_apart_other_id"), ["other_id"], unique=False)

    op.create_table(
        "translation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("rating_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("translator", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(comment_id IS NULL) <> (rating_id IS NULL)",
            name=op.f("ck_translation_of_a_comment_or_an_answer"),
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comment.id"],
            name=op.f("fk_translation_comment_id_comment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["rating_id"],
            ["rating.id"],
            name=op.f("fk_translation_rating_id_rating"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_translation")),
    )
    with op.batch_alter_table("translation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_translation_comment_id"), ["comment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_translation_rating_id"), ["rating_id"], unique=False)
        batch_op.create_index(
            "uq_translation_of_answer",
            ["rating_id", "language"],
            unique=True,
            sqlite_where=sa.text("latest = 1"),
            postgresql_where=sa.text("latest"),
        )
        batch_op.create_index(
            "uq_translation_of_comment",
            ["comment_id", "language"],
            unique=True,
            sqlite_where=sa.text("latest = 1"),
            postgresql_where=sa.text("latest"),
        )


def downgrade() -> None:
    with op.batch_alter_table("translation", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_translation_of_comment",
            sqlite_where=sa.text("latest = 1"),
            postgresql_where=sa.text("latest"),
        )
        batch_op.drop_index(
            "uq_translation_of_answer",
            sqlite_where=sa.text("latest = 1"),
            postgresql_where=sa.text("latest"),
        )
        batch_op.drop_index(batch_op.f("ix_translation_rating_id"))
        batch_op.drop_index(batch_op.f("ix_translation_comment_id"))

    op.drop_table("translation")
    with op.batch_alter_table("comments_apart", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_comments_apart_other_id"))

    op.drop_table("comments_apart")
    with op.batch_alter_table("comment_review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_comment_review_merged_into_id"))

    op.drop_table("comment_review")
