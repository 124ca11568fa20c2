"""PyTorch on a card through CUDA: what src/card/child.ts does, in its lines. Wants PyTorch 2.0 or newer."""

import importlib
import json
import sys
import time

import torch
from torch.nn import functional as F
from training import tensor_of

TIMINGS = 5


def attention(workload):
    inputs = [tensor_of(numbers).requires_grad_() for numbers in workload["inputs"]]

    def step():
        for one in inputs:
            one.grad = None
        mean = F.scaled_dot_product_attention(*inputs, is_causal=True).square().mean()
        mean.backward()
        return mean.item

    return step


def run(step, count):
    start = time.perf_counter()
    for _ in range(count):
        step()
    torch.cuda.synchronize()
    return 1000 * (time.perf_counter() - start) / count


workloads, seconds = json.loads(sys.argv[1]), float(sys.argv[2])
torch.set_default_device("cuda")
print(json.dumps({"card": f"PyTorch {torch.__version__}, {torch.cuda.get_device_name()}"}), flush=True)

for workload in workloads:
    family = workload["family"]
    step = attention(workload) if family == "attention" else importlib.import_module(family).build(workload)
    value = step()()
    count = max(1, round(1000 * seconds / min(run(step, 1), run(step, 1))))
    best = min(run(step, count) for _ in range(TIMINGS))
    print(json.dumps({"milliseconds": best, "value": value}), flush=True)
