"""How a framework is asked to run the activation part of the model, and how it answers.

Asked by the command line: ``python mesa_agents.py world.npz agents``. Answered by one line of JSON: seconds of
processor time, and the means of activation at each month's end.
"""

import gc
import json
import sys
import time
from types import SimpleNamespace

import numpy as np

AT_LEAST = 2            # runs in a process, of which the quickest counts: the first one warms up
FOR_SECONDS = 1.0       # short runs are repeated for as long as this


def read_world(path):
    """The people, their ties and the numbers of the rules, as `peers.export_world` wrote them.

    Arrays stay arrays, single numbers become numbers: ``world.baseline[0]``, ``world.fading``.
    """
    with np.load(path) as stored:
        return SimpleNamespace(**{name: stored[name] if stored[name].ndim else stored[name].item() for name in stored})


def answer(ways):
    """Run the way of writing that the command line names, and print what it took and what came of it.

    Parameters
    ----------
    ways : dict of str to function
        Each takes the world, sets everything up, and returns a function that lives the months and returns the mean
        activation of patients and of clinicians at each month's end.
    """
    path, way = sys.argv[1:]
    world = read_world(path)
    set_up, taken, first = [], [], time.perf_counter()
    while len(taken) < AT_LEAST or time.perf_counter() - first < FOR_SECONDS:
        live = None                             # the network before this one is gone before the next is made
        gc.collect()
        start = time.process_time()
        live = ways[way](world)
        ready = time.process_time()
        patients, clinicians = live()
        taken.append(time.process_time() - ready)
        set_up.append(ready - start)
    print(json.dumps({"seconds": min(taken), "set_up": min(set_up), "python": sys.version.split()[0],
                      "patients": np.asarray(patients, float).tolist(),
                      "clinicians": np.asarray(clinicians, float).tolist()}))
