"""PyTorch on one thread, eager: answers the same lines as child.ts."""

import importlib
import json
import sys
import time

import torch

torch.set_num_threads(1)

workload = json.loads(sys.argv[1])
step = importlib.import_module(workload["family"]).build(workload)

for line in sys.stdin:
    count = int(line)
    start = time.perf_counter()
    for _ in range(count):
        read = step()
    took = time.perf_counter() - start
    print(json.dumps({"milliseconds": 1000 * took / count, "value": read()}), flush=True)
