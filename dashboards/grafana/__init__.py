"""Boards and panels as code: queries, publishing, checking."""
