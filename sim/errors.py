"""The failures a user can cause or meet, and the exit code of each.

Owns the handful of errors of the house. Programming mistakes stay builtin errors and exit 1.
"""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of every verb; testers' scripts read them."""

    PASS = 0
    INTERNAL = 1
    USAGE = 2
    FAILED = 3
    UNDECIDED = 4
    UNREACHABLE = 5
    INTERRUPTED = 130


class CitybeatError(Exception):
    """A failure with one clear message: what, where, and what to do about it."""

    exit_code = Exit.INTERNAL


class UsageError(CitybeatError, ValueError):
    """The scenario, a parameter, a file or the command line is wrong; all problems at once."""

    exit_code = Exit.USAGE


class ServiceError(CitybeatError, ConnectionError):
    """A broker or a store cannot be reached, refuses us, or was lost for good."""

    exit_code = Exit.UNREACHABLE


class DiskError(CitybeatError, OSError):
    """The run folder or the spool cannot be written."""

    exit_code = Exit.UNREACHABLE
