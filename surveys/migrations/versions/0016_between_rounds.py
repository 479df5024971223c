"""between rounds

Revision 0016, after 0015.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=60), nullable=False),
        sa.Column("items", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("changes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["round.id"],
            name=op.f("fk_draft_step_round_id_round"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_step")),
    )
    with op.batch_alter_table("draft_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draft_step_round_id"), ["round_id"], unique=False)

    op.create_table(
        "round_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "finish",
                "go on",
                name="decision",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["round.id"],
            name=op.f("fk_round_decision_round_id_round"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_decision")),
        sa.UniqueConstraint("round_id", name=op.f("uq_round_decision_round_id")),
    )
    op.create_table(
        "carry_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_item_id", sa.Integer(), nullable=False),
        sa.Column(
            "choice",
            sa.Enum(
                "returns",
                "leaves",
                name="choice",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_item_id"],
            ["round_item.id"],
            name=op.f("fk_carry_choice_round_item_id_round_item"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carry_choice")),
        sa.UniqueConstraint("round_item_id", name=op.f("uq_carry_choice_round_item_id")),
    )
    op.create_table(
        "item_descent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=False),
        sa.Column(
            "act",
            sa.Enum(
                "split",
                "merged",
                name="descent",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("reasons", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("sheet", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_item_descent_item_id_item"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["round_item.id"],
            name=op.f("fk_item_descent_parent_id_round_item"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_descent")),
        sa.UniqueConstraint("item_id", "parent_id", name=op.f("uq_item_descent_item_id_parent_id")),
    )
    with op.batch_alter_table("item_descent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_descent_parent_id"), ["parent_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("item_descent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_item_descent_parent_id"))

    op.drop_table("item_descent")
    op.drop_table("carry_choice")
    op.drop_table("round_decision")
    with op.batch_alter_table("draft_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_draft_step_round_id"))

    op.drop_table("draft_step")
