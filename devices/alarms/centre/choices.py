"""The words of the alarm centre: calls and their outcomes, services and their steps.

Owns the words. Which event carries which is `kinds.py`'s business.
"""

from enum import auto

from sim.events.kinds import Choice


class Purpose(Choice):
    """Why somebody is on the phone; all but ALARM are calls that the centre makes."""

    ALARM = auto()
    VERIFICATION = auto()
    CALL_BACK = auto()  # nobody spoke, or the caller gave up
    KEYHOLDER = auto()
    CARE = auto()
    ADVICE = auto()  # have it seen to: too many false alarms in a day


class CallOutcome(Choice):
    """What becomes of a call: offered = offered + redialled = answered + abandoned + waiting."""

    OFFERED = auto()
    REDIALLED = auto()  # offered again by somebody who gave up before
    ANSWERED = auto()
    ABANDONED = auto()
    NO_ANSWER = auto()  # of a call that the centre makes
    ENDED = auto()  # the operator has done with it


class OperatorState(Choice):
    """What an operator on duty does."""

    IDLE = auto()
    BUSY = auto()
    ON_BREAK = auto()


class Service(Choice):
    """Who comes to help."""

    KEYHOLDER = auto()
    COMMUNITY = auto()
    POLICE = auto()
    FIRE = auto()
    AMBULANCE = auto()
    UTILITY = auto()


class ResponseStep(Choice):
    """How far help has come."""

    REQUESTED = auto()
    ACCEPTED = auto()
    ARRIVED = auto()
    CLOSED = auto()
    REFUSED = auto()  # by the police, whom the centre wanted
    WITHDRAWN = auto()  # this false call is one too many: the police come to this home no more


class Refusal(Choice):
    """Why the police do not come."""

    UNCONFIRMED = auto()  # one activation, and nobody who vouches for it
    WITHDRAWN = auto()  # too many false calls before


class Finding(Choice):
    """What was found on the spot."""

    REAL = auto()
    FALSE_ALARM = auto()


class CaseOutcome(Choice):
    """How a case ended."""

    UNANSWERED = auto()  # the caller gave up for good
    CANCELLED = auto()  # by the user, before help was sent
    TALKED_OVER = auto()  # answered, nobody was sent
    ATTENDED = auto()


class CaseStep(Choice):
    """How far a case has come at the centre."""

    DECIDED = auto()
    CLOSED = auto()
    FREQUENT = auto()  # its home has had more false alarms in a day than a site may


class Distribution(Choice):
    """The distribution of talking times and patience."""

    LOGNORMAL = auto()
    EXPONENTIAL = auto()  # as Erlang A has it
