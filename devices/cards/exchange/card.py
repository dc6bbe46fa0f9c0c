"""The card of a load: obeys a script once, and says what it did whenever it is asked.

Owns what the chip remembers of one load. How much is in its purse is the business of `devices/cards/purse`.
"""

from dataclasses import dataclass
from enum import auto

from devices.cards.choices import Entry
from devices.cards.exchange.messages import Book, CardWord, Command, Event, Outputs, Party, Send
from sim.events.kinds import Choice


class Chip(Choice):
    """What a card did with a load; what it has said once stays true."""

    FRESH = auto()
    LOADED = auto()
    REFUSED = auto()  # no room, or asked before it was told: its counter has moved on


@dataclass(frozen=True, slots=True)
class Slot:
    """The load at the card; `has_room` tells whether the purse may take the amount."""

    chip: Chip = Chip.FRESH
    has_room: bool = True


def step(slot: Slot, event: Event) -> tuple[Slot, Outputs]:
    """Hear a command and answer it."""
    if not isinstance(event, Command):
        return slot, ()
    booked: Outputs = ()
    if slot.chip is Chip.FRESH:
        loads = event.word is CardWord.SCRIPT and slot.has_room
        slot = Slot(Chip.LOADED if loads else Chip.REFUSED, slot.has_room)
        booked = (Book(Entry.LOAD),) if loads else ()
    said = CardWord.LOADED if slot.chip is Chip.LOADED else CardWord.NOT_LOADED
    return slot, (*booked, Send(Command(said, event.key, event.cents, Party.TERMINAL)))
