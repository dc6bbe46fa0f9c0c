"""Words of cards: ISO 8583 (message types and data elements), EMV, and what money does in the books.

Owns the enumerations. A code is the word on the wire, its member the plain word; who sends what when is the business of `exchange`.
"""

from enum import auto

from sim.events.kinds import Choice


class Mti(Choice):
    """Message type indicator: class and function of a message."""

    AUTHORISATION_REQUEST = "0100"
    AUTHORISATION_RESPONSE = "0110"
    AUTHORISATION_ADVICE = "0120"
    AUTHORISATION_ADVICE_RESPONSE = "0130"
    FINANCIAL_REQUEST = "0200"
    FINANCIAL_RESPONSE = "0210"
    FINANCIAL_ADVICE = "0220"
    FINANCIAL_ADVICE_RESPONSE = "0230"
    REVERSAL_REQUEST = "0400"
    REVERSAL_RESPONSE = "0410"
    REVERSAL_ADVICE = "0420"
    REVERSAL_ADVICE_RESPONSE = "0430"
    NETWORK_REQUEST = "0800"
    NETWORK_RESPONSE = "0810"


class ProcessingCode(Choice):
    """What is asked for (the transaction type in DE 3)."""

    PURCHASE = auto()
    REFUND = auto()
    LOAD = auto()


class EntryMode(Choice):
    """How the card was read (the first two digits of DE 22)."""

    KEYED = "01"
    STRIPE = "02"
    CONTACT_CHIP = "05"
    CONTACTLESS_CHIP = "07"
    CONTACTLESS_STRIPE = "91"


class ResponseCode(Choice):
    """What became of a request (DE 39); a time-out has none."""

    APPROVED = "00"
    DO_NOT_HONOUR = "05"
    INVALID_CARD = "14"
    INSUFFICIENT_FUNDS = "51"
    EXPIRED_CARD = "54"
    WRONG_PIN = "55"
    AMOUNT_LIMIT = "61"
    COUNT_LIMIT = "65"
    RECEIVED_TOO_LATE = "68"
    PIN_TRIES = "75"
    ISSUER_UNAVAILABLE = "91"
    MALFUNCTION = "96"


class Cryptogram(Choice):
    """What a chip says to a payment (EMV)."""

    ARQC = auto()  # asks the issuer
    TC = auto()  # approved offline
    AAC = auto()  # declined


class ReversalReason(Choice):
    """Why an exchange is taken back."""

    TIMEOUT = auto()
    NO_CONFIRM = auto()  # the card did not take the load
    CUSTOMER = auto()


class Outcome(Choice):
    """How an exchange ends, in the eyes of who began it."""

    APPROVED = auto()
    DECLINED = auto()
    REVERSED = auto()


class TapMode(Choice):
    """Where a card is tapped."""

    BUS = auto()
    METRO = auto()
    TAXI = auto()
    FERRY = auto()
    PARKING = auto()


class TapResult(Choice):
    """What a validator makes of a tap."""

    ACCEPTED = auto()
    INSUFFICIENT = auto()
    DENIED = auto()  # on the deny list
    RETRY = auto()  # not read; tapped again
    COLLISION = auto()  # two cards in the field


class AccountClass(Choice):
    """Whose money an account holds."""

    OUTSIDE = auto()  # cash and wages: where money comes from and goes to, so that all accounts add up to nothing
    BANK = auto()  # a customer's account at an issuer
    HELD = auto()  # authorised, not yet charged
    SWITCH = auto()  # under way between banks; nothing is left here when no exchange is open
    PURSE = auto()  # on a card, offline
    FLOAT = auto()  # spent by purses, not yet claimed
    SETTLEMENT = auto()  # claimed at day close, not yet paid out
    MERCHANT = auto()  # of shops and carriers


class Entry(Choice):
    """What a posting does, and to whom."""

    OPENING = auto()  # outside to anybody, before the first exchange
    HOLD = auto()  # an issuer authorises: customer to held
    RELEASE = auto()  # ... and takes it back
    DEBIT = auto()  # an issuer charges: customer to switch
    CREDIT = auto()  # ... and takes it back
    EARN = auto()  # a terminal has its answer: switch to merchant
    GIVE_BACK = auto()  # a customer cancels: merchant to switch
    LOAD = auto()  # a card takes a load: switch to purse
    CASH_LOAD = auto()  # a purse is filled with cash: outside to purse
    SPEND = auto()  # a purse pays offline: purse to float
    CLAIM = auto()  # its record has come to the centre: float to settlement
    PAY_OUT = auto()  # a day is settled: settlement to merchant
