"""An interruption is a wish at first, and an order the second time."""

import os
import signal
import threading

import pytest

from citybeat.interruption import SIGNALS, Interruption
from citybeat.mishaps import mishap
from sim.batches import Roster
from sim.errors import Exit
from sim.names import Names


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_asks_and_the_second_breaks_off(number: signal.Signals) -> None:
    before = [signal.getsignal(each) for each in SIGNALS]
    with Interruption() as interruption:
        assert not interruption.asked
        os.kill(os.getpid(), number)
        assert interruption.asked
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert [signal.getsignal(each) for each in SIGNALS] == before


def test_outside_the_main_thread_nothing_is_listened_to() -> None:
    before = [signal.getsignal(each) for each in SIGNALS]
    heard: list[bool] = []

    def work() -> None:
        with Interruption() as interruption:
            heard.append(interruption.asked)
            heard.extend(signal.getsignal(each) == handler for each, handler in zip(SIGNALS, before, strict=True))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert heard == [False, True, True]


def test_a_fault_in_the_house_is_an_internal_error_with_its_line() -> None:
    roster = Roster(Names())
    roster.add("lamp-1", "Xuhui")
    with pytest.raises(ValueError, match="lamp-1") as met:
        roster.add("lamp-1", "Xuhui")
    error = mishap(met.value)
    assert error.exit_code is Exit.INTERNAL
    assert "batches.py, line " in str(error)
    assert "please report it" in str(error)


def test_a_fault_in_a_script_is_bad_input_even_where_a_library_raised_it() -> None:
    with pytest.raises(ValueError, match="base 10") as met:
        int("seven")
    error = mishap(met.value)
    assert error.exit_code is Exit.USAGE
    assert "test_interruption.py, line " in str(error)
    assert "ValueError: invalid literal" in str(error)
