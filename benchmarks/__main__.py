"""`make bench`: one table of all figures, each beside a peer or limit of the same run. `python -m benchmarks NAME …` measures only some.

Owns the order and the heading. Exit code 3 when a target is missed, as a run's is when a promise is not kept.
"""

import os
import platform
import sys

from benchmarks import alarms, city, closing, engine_positions, memory, mqtt_clients, people, stored, supervision, wire_codec
from benchmarks.processes import Machine, own_cpu_s, processor
from benchmarks.table import Bench, Line, text_of

BENCHES: dict[str, Bench] = {
    "positions": engine_positions.lines,
    "city": city.lines,
    "people": people.lines,
    "supervision": supervision.lines,
    "alarms": alarms.lines,
    "memory": memory.lines,
    "stored": stored.lines,
    "closing": closing.lines,
    "wire": wire_codec.lines,
    "clients": mqtt_clients.lines,
}
MISSED = 3


def main(names: list[str]) -> int:
    """Measure what is named, all without a name; print the table; return the exit code."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}: choose from {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    machine, own, measured = Machine(), own_cpu_s(), list[Line]()
    for name in names or BENCHES:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        for line in BENCHES[name]():
            print(f"  {line.step}: {' '.join(line.cells()[1:3])}", file=sys.stderr, flush=True)
            measured.append(line)
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    busy = machine.others(own_cpu_s() - own)
    print(f"\n{processor()}, {os.cpu_count()} cores, Python {platform.python_version()}; load {load}; other processes took {busy:.0%}\n")
    print(text_of(measured))
    return MISSED if any(line.reached is False for line in measured) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
