"""Why a run came to its verdict, in words for people.

Owns the overall verdict of a run and its reason. Single promises are judged by `sim.judge.verdict`.
"""

from collections.abc import Sequence

from citybeat.running.accounts.accounts import Accounts
from citybeat.running.connections import Connections
from citybeat.running.ended import Ended
from sim.judge.books import Books
from sim.judge.pipeline import generator_was_late
from sim.judge.promises import Promise, promise_text, value_text
from sim.judge.verdict import Judged, Verdict, overall
from sim.units import duration_text

NAMED = 3  # promises that a line names


def verdict_of(accounts: Accounts, ended: Ended) -> Verdict:
    """Return what a run came to: promises speak only of one that came to its end and had something to say."""
    if ended.failure is not None:
        return Verdict.ABORTED
    if ended.interrupted:
        return Verdict.INTERRUPTED
    verdict = overall(ended.judged)
    return verdict if verdict is Verdict.FAIL or _spoke(accounts) else Verdict.NO_DATA


def _spoke(accounts: Accounts) -> bool:
    """Return whether any event was sent; in a dry run, planned."""
    total = accounts.books.total()
    return bool(total.planned if accounts.connections.delivery is None else total.sent)


def why(verdict: Verdict, accounts: Accounts, ended: Ended) -> str:
    """Return the reason of a verdict, and what else ailed the run: the reader should not have to search for it."""
    ending = _ending(verdict, accounts, ended)
    return "; ".join([ending, *(words for words in troubles(accounts) if words not in ending)])


def troubles(accounts: Accounts) -> list[str]:
    """Return what ailed a run in the end, whether it decided the verdict or not."""
    found = (_clock(accounts.clock.step_us), _refused(accounts), waiting(accounts.connections), _unreported(accounts.books))
    return [words for words in found if words]


def _clock(step_us: int) -> str:
    set_by = f"{'-' if step_us < 0 else '+'}{duration_text(round(abs(step_us), -6))}"
    words = f"the machine's clock was set ({set_by}) during the run, or the machine slept: what two processes time by it is invalid"
    return words if step_us else ""


def _refused(accounts: Accounts) -> str:
    refused, delivery = accounts.books.total().refused, accounts.connections.delivery
    return f"{refused:,} events were refused: {delivery.refusal}" if refused and delivery else ""


def waiting(connections: Connections) -> str:
    """Return how many rows wait for the store, why, and the command that brings them in; without any, what else ails the store."""
    listener = connections.listener
    if listener is None or not listener.spooled:
        return listener.trouble if listener else ""
    trouble = f" ({listener.trouble})" if listener.trouble else ""
    recovery = f"; `{connections.recovery}` brings them in" if connections.recovery else ""
    return f"{listener.spooled:,} rows wait in the spool for the store{trouble}{recovery}"


def _ending(verdict: Verdict, accounts: Accounts, ended: Ended) -> str:
    if ended.failure is not None:
        short = accounts.reached_us < accounts.job.end_us
        how = "the run was cut short" if short else "the run was played to its end, and failed all the same"
        return f"{how}: {ended.failure}"
    if ended.interrupted:
        broken = sum(each.verdict is Verdict.FAIL for each in ended.judged)
        return "the run was interrupted; the books are closed up to there" + (f"; promises broken by then: {broken}" if broken else "")
    if verdict is Verdict.NO_DATA and not _spoke(accounts):
        return "the run had no event to send" if accounts.books.total().planned == 0 else "nothing was sent"
    return _judgement(verdict, ended.judged, accounts)


def _judgement(verdict: Verdict, judged: Sequence[Judged], accounts: Accounts) -> str:
    failed = [each for each in judged if each.verdict is Verdict.FAIL]
    if verdict is Verdict.FAIL:
        return "; ".join([_broken(failed, len(judged)), *_forged(accounts.books)])
    if verdict is Verdict.INVALID and generator_was_late(accounts.meters):
        return (
            "the generator itself was late, so latencies say more about this machine than about the pipeline: lower the speed or the scale"
        )
    if verdict is Verdict.INVALID:
        return "what was measured by the wall clock says nothing"
    if verdict is Verdict.NO_DATA:
        return f"too few samples to judge ({_lacking(judged)}): run longer"
    if not judged:
        return "nothing was promised, so nothing was judged"
    kept = sum(each.verdict is not Verdict.NO_DATA for each in judged)
    lacking = f"; {len(judged) - kept} had too few samples ({_lacking(judged)})" if kept < len(judged) else ""
    which = "the one promise with data was" if kept == 1 else f"all {kept} promises with data were"
    return f"{which} kept{lacking}"


def _broken(failed: Sequence[Judged], promised: int) -> str:
    """Return the promises that were broken, the first three of them, and what was measured instead."""
    rows = [Promise.from_judged(each) for each in failed]
    named = [f"{each.measure} is {value_text(each.value, each.value_unit)}, promised {promise_text(each)}" for each in rows[:NAMED]]
    more = [f"and {len(rows) - NAMED} more"] if len(rows) > NAMED else []
    which = "the only promise is" if promised == 1 else f"{len(failed)} of {promised} promises"
    return f"{which} broken: {'; '.join(named + more)}"


def _forged(books: Books) -> list[str]:
    """Return what there is to say of rows that the run did not send."""
    unsent = books.total().unsent
    if unsent > books.unreported():
        return [f"{unsent:,} events came or are stored that this run never sent: somebody else publishes in its name"]
    return []


def _unreported(books: Books) -> str:
    rows = books.unreported()
    words = f"{rows:,} rows are stored that no ingest reported: one was killed before it could, or its reports were not its own"
    return words if rows else ""


def _labelled(judged: Judged) -> str:
    """Return the measure of a promise, with its label where it has one: several classes may be promised the same."""
    where = judged.objective.where
    return f"{judged.objective.measure} [{where}]" if where else judged.objective.measure


def _lacking(judged: Sequence[Judged]) -> str:
    """Return the promises without enough samples and how many each needs: the three that lack least, which a longer run would judge."""
    lacking = sorted((each for each in judged if each.verdict is Verdict.NO_DATA), key=lambda each: each.needed / (each.samples or 0.1))
    named = [f"{_labelled(each)} {each.samples:,} of {each.needed:,}" for each in lacking[:NAMED]]
    return ", ".join([*named, *(["..."] if len(lacking) > NAMED else [])])
