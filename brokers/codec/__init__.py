"""The wire format under one name: what senders and ingest need of it.

Owns nothing itself: `brokers.codec.encoder` writes, `brokers.codec.decoder` reads, `brokers.codec.messages` holds the words of both.
"""

from brokers.codec.decoder import Decoder, Groups
from brokers.codec.encoder import Encoder, stamped
from brokers.codec.messages import LIMIT_BYTES, Bad, Decoded, Reason, frame_schema, payload_schema
from brokers.codec.topics import ROOT, DeviceTopics, check_root

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
