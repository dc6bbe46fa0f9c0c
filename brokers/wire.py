"""The wire format under one name: what senders and ingest need of it.

Owns nothing itself: `brokers.encoder` writes, `brokers.decoder` reads, `brokers.messages` holds the words of both.
"""

from brokers.decoder import Decoder, Groups
from brokers.encoder import Encoder, stamped
from brokers.messages import LIMIT_BYTES, Bad, Decoded, Reason, frame_schema, payload_schema
from brokers.topics import ROOT, DeviceTopics, check_root

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
