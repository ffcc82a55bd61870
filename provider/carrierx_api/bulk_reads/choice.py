"""Which call serves the next read at the least cost: the number's own, or pages of the list.

How many reads will come is not known, nor at first how many pages the account has. That is the
ski-rental problem: rent (a call of its own for each number) until the rent paid equals the price,
then buy (the pages). Whatever comes, the calls are then never more than twice those of the better
of the two in hindsight, and two.
"""

from enum import Enum, auto

OWN_CALLS_BEFORE_THE_FIRST_PAGE = 3
"""A stack of so few numbers asks for no page of 1,000. Three is the most that the bound leaves: an
account of one page then costs four calls where one would have done."""


class Choice(Enum):
    """What to ask CarrierX for."""

    OWN_CALL = auto()
    """The number itself."""
    FIRST_PAGE = auto()
    """The list's first page, which also says how many there are."""
    UNREAD_PAGES = auto()
    """All pages that have not been read."""


def choose(*, own_calls: int, pages_read: int, pages: int) -> Choice:
    """Choose for a number that is in none of the pages read so far.

    :param own_calls: how many numbers have been asked for one by one.
    :param pages_read: how many different pages of the list have been asked for.
    :param pages: how many there are, as far as is known; 0 before the first has come. Where
        CarrierX does not say how many, one more than was read, as long as there are more.
    """
    if pages_read == 0:
        few = own_calls < OWN_CALLS_BEFORE_THE_FIRST_PAGE
        return Choice.OWN_CALL if few else Choice.FIRST_PAGE
    if pages_read >= pages:
        # It is in no page: gone, or moved from one page to another between two reads.
        return Choice.OWN_CALL
    return Choice.UNREAD_PAGES if own_calls >= pages - 1 else Choice.OWN_CALL
