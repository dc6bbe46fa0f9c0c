"""The wire format under one name: what senders and ingest need of it.

Owns nothing itself: `brokers.wire.encoder` writes, `brokers.wire.decoder` reads, `brokers.wire.messages` holds the words of both.
"""

from brokers.wire.decoder import Decoder, Groups
from brokers.wire.encoder import Encoder, stamped
from brokers.wire.messages import LIMIT_BYTES, Bad, Decoded, Reason, frame_schema, payload_schema
from brokers.wire.topics import ROOT, DeviceTopics, check_root

__all__ = [
    "LIMIT_BYTES",
    "ROOT",
    "Bad",
    "Decoded",
    "Decoder",
    "DeviceTopics",
    "Encoder",
    "Groups",
    "Reason",
    "check_root",
    "frame_schema",
    "payload_schema",
    "stamped",
]
