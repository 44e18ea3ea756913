"""What the field's tools make of the same problems, as JSON on standard output.

explore.py prim [DATA.csv]         PRIM of the EMA Workbench on the Bryant data
explore.py search NAME N EPSILON   Platypus' epsilon-NSGA-II on a problem, N evaluations, from
                                   three seeds; the lake problem reads its inflows from
                                   standard input
"""
import importlib.metadata
import json
import os
import random
import sys
import time
import warnings

warnings.filterwarnings("ignore")


def prim(path):
    import logging

    import pandas as pd
    from ema_workbench.analysis import prim as ema_prim

    logging.disable(logging.CRITICAL)
    data = pd.read_csv(path, index_col=False)
    x, y = data.iloc[:, 2:11], data.iloc[:, 15].values
    out = {"version": importlib.metadata.version("ema_workbench"), "names": list(x.columns),
           "x": [x[c].tolist() for c in x.columns], "y": [bool(v) for v in y], "runs": {}}
    for name, objective in (("lenient", ema_prim.PRIMObjectiveFunctions.LENIENT1), ("greedy", ema_prim.PRIMObjectiveFunctions.ORIGINAL)):
        begin = time.perf_counter()
        box = ema_prim.Prim(x, y, threshold=0.1, peel_alpha=0.05, obj_function=objective).find_box()
        seconds = time.perf_counter() - begin
        t = box.peeling_trajectory
        out["runs"][name] = {"seconds": seconds, "coverage": t["coverage"].tolist(), "density": t["density"].tolist(), "mass": t["mass"].tolist()}
    return out


def lake_problem(noise):
    """The problem of package testproblem, line by line."""
    from platypus import Problem, Real

    b, q, years, alpha, discount = 0.42, 2.0, 100, 0.4, 0.98
    low, high = 0.01, 1.5
    shape = lambda v: v**q / (1 + v**q) - b * v
    at_low = shape(low) > 0
    for _ in range(200):
        middle = (low + high) / 2
        if (shape(middle) > 0) == at_low:
            low = middle
        else:
            high = middle
    critical = low

    def lake(x):
        mean = [0.0] * years
        reliable = 0
        for inflow in noise:
            level = 0.0
            for t in range(years):
                mean[t] += level
                reliable += level < critical
                p = level**q
                level = (1 - b) * level + p / (1 + p) + x[t] + inflow[t]
        benefit = sum(alpha * x[t] * discount**t for t in range(years))
        calm = sum(x[t] - x[t - 1] > -0.02 for t in range(1, years))
        return [max(mean) / len(noise), -benefit, -calm / (years - 1), -reliable / (years * len(noise))]

    p = Problem(years, 4)
    p.types[:] = Real(0, 0.1)
    p.function = lake
    return p


def search(name, evaluations, epsilon):
    import platypus
    from platypus import DTLZ2, DTLZ7, WFG4, EpsNSGAII

    problem = {"DTLZ2": lambda: DTLZ2(3), "DTLZ7": lambda: DTLZ7(3), "WFG4": lambda: WFG4(3), "lake": lambda: lake_problem(json.load(sys.stdin))}[name]()
    out = {"version": importlib.metadata.version("platypus-opt"), "seconds": 0, "fronts": []}
    for seed in (1, 2, 3):
        random.seed(seed)
        algorithm = EpsNSGAII(problem, epsilons=[epsilon])
        begin = time.perf_counter()
        algorithm.run(evaluations)
        out["seconds"] += (time.perf_counter() - begin) / 3
        out["fronts"].append([list(s.objectives) for s in algorithm.result])
    return out


def main():
    if sys.argv[1] == "prim":
        import ema_workbench
        path = sys.argv[2] if len(sys.argv) > 2 else os.path.join(os.path.dirname(ema_workbench.__file__), "examples", "data", "bryant et al 2010 data.csv")
        out = prim(path)
    else:
        out = search(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
    json.dump(out, sys.stdout)


main()
