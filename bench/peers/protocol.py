"""How a peer speaks: a line of JSON that says who it is, then one answer a line to each request.

A peer that cannot run says {"missing": reason}; a request that cannot be done is answered with
{"error": reason}. Requests and answers are described in ../README.md.
"""

import json
import statistics
import sys
import time


def say(message):
    print(json.dumps(message), flush=True)


def missing(reason):
    say({"missing": reason})
    sys.exit(0)


def serve(ready, answers):
    """Answers requests until there are no more; `answers` maps what is asked to a function."""
    say(ready)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            say(answers[request["ask"]](request))
        except Exception as error:  # whatever it is, the other side wants to know
            say({"error": f"{type(error).__name__}: {error}"[:200]})


def median_ms(step, seconds):
    """Median time of a step in ms: two of warm-up, then at least five within `seconds`."""
    clock = time.perf_counter
    for _ in range(2):
        step()
    times, begun = [], clock()
    while len(times) < 5 or clock() - begun < seconds:
        start = clock()
        step()
        times.append(clock() - start)
    return 1e3 * statistics.median(times)


class Workbench:
    """Keeps the last workload made, so that alternations do not make it anew."""

    def __init__(self, make):
        self.make, self.key, self.step = make, None, None

    def step_of(self, task):
        key = json.dumps(task, sort_keys=True)
        if key != self.key:
            self.step = None
            self.step, self.key = self.make(task), key
        return self.step

    def time(self, request):
        step = self.step_of(request["definition"]["task"])
        return {"ms": median_ms(step, request["seconds"])}
