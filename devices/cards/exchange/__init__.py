"""Exchanges: ISO 8583 messages as state machines that survive loss, delay, repetition and reordering."""
