"""The gate before weights reach everybody: what they learned from must have been open."""

from collections.abc import Mapping

from blendgan.errors import UserError

CLOSED = ("research", "unknown", "denied")
"""Rights under which pixels, and weights trained on them, are not published."""


def refuse_closed(rights: Mapping[str, int], legal_basis: bool) -> None:
    """An error if pictures that nobody opened are behind the weights, unless there is a legal basis.

    `rights` counts pictures by their rights, behind which may stand a licence: 'open CC0-1.0'.
    """
    closed = {right: count for right, count in rights.items() if right.split()[0] in CLOSED and count}
    if closed and not legal_basis:
        raise UserError(
            f"these weights were trained on pictures with rights {closed}; "
            "train on open ones, or say --i-have-a-legal-basis (i_have_a_legal_basis=True) if you have one"
        )
