"""An interruption is a wish: it never breaks off what closes the books."""

import os
import signal
import threading

import pytest

from citybeat.running.crashes import crash_of
from citybeat.running.interruption import SIGNALS, Interruption
from sim.errors import Exit
from sim.events.batches import Roster
from sim.names import Names


@pytest.mark.parametrize("number", SIGNALS)
def test_before_anything_is_sent_a_signal_raises_and_the_ones_after_it_only_count(number: signal.Signals) -> None:
    before = [signal.getsignal(each) for each in SIGNALS]
    with Interruption() as interruption:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
        assert interruption.asked == 2
    assert [signal.getsignal(each) for each in SIGNALS] == before


@pytest.mark.parametrize("number", SIGNALS)
def test_a_run_is_asked_to_end_and_asked_again_to_hurry_and_never_broken_off(number: signal.Signals) -> None:
    with Interruption() as interruption:
        interruption.hold()
        os.kill(os.getpid(), number)
        assert (interruption.asked, interruption.pressing) == (1, False)
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
        assert (interruption.asked, interruption.pressing) == (3, True)


def test_a_hangup_that_nohup_wants_ignored_is_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interruption() as interruption:
            os.kill(os.getpid(), signal.SIGHUP)
            assert interruption.asked == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_outside_the_main_thread_nothing_is_listened_to() -> None:
    before = [signal.getsignal(each) for each in SIGNALS]
    heard: list[bool] = []

    def work() -> None:
        with Interruption() as interruption:
            heard.append(bool(interruption.asked))
            heard.extend(signal.getsignal(each) == handler for each, handler in zip(SIGNALS, before, strict=True))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert heard == [False, True, True, True]


def test_a_fault_in_the_house_is_an_internal_error_with_its_line() -> None:
    roster = Roster(Names())
    roster.add("lamp-1", "Xuhui")
    with pytest.raises(ValueError, match="lamp-1") as met:
        roster.add("lamp-1", "Xuhui")
    error = crash_of(met.value)
    assert error.exit_code is Exit.INTERNAL
    assert "batches.py, line " in str(error)
    assert "please report it" in str(error)


def test_a_fault_in_a_script_is_bad_input_even_where_a_library_raised_it() -> None:
    with pytest.raises(ValueError, match="base 10") as met:
        int("seven")
    error = crash_of(met.value)
    assert error.exit_code is Exit.USAGE
    assert "test_interruption.py, line " in str(error)
    assert "ValueError: invalid literal" in str(error)
