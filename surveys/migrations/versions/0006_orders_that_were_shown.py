"""orders that were shown

Revision 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE round ADD COLUMN item_order JSON")
    op.create_table(
        "shown_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("items", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["expert_id"],
            ["expert.id"],
            name=op.f("fk_shown_order_expert_id_expert"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["round.id"],
            name=op.f("fk_shown_order_round_id_round"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shown_order")),
        sa.UniqueConstraint("round_id", "expert_id", name=op.f("uq_shown_order_round_id_expert_id")),
    )
    op.create_index(op.f("ix_shown_order_expert_id"), "shown_order", ["expert_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_shown_order_expert_id"), table_name="shown_order")
    op.drop_table("shown_order")
    op.drop_column("round", "item_order")
