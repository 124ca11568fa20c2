"""PyTorch on one thread, eager: answers the same lines as child.ts."""

import json
import math
import sys
import time

import torch
from torch import nn

torch.set_num_threads(1)


def ramp(shape, seed, scale):
    values = [scale * math.sin(12.9898 * i + seed) for i in range(math.prod(shape))]
    return torch.tensor(values, dtype=torch.float32).reshape(shape)


def model_of(workload):
    sizes, layers = workload["sizes"], []
    for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        scale = 1 / math.sqrt(inputs)
        layer = nn.Linear(inputs, outputs)
        with torch.no_grad():
            layer.weight.copy_(ramp((inputs, outputs), 2 * i + 1, scale).T)
            layer.bias.copy_(ramp((outputs,), 2 * i + 2, scale))
        if i > 0:
            layers.append(nn.Tanh() if workload["activation"] == "tanh" else nn.ReLU())
        layers.append(layer)
    return nn.Sequential(*layers)


def step_of(workload):
    model, batch, sizes = model_of(workload), workload["batch"], workload["sizes"]
    x = ramp((batch, sizes[0]), 0.5, 1)
    Optimizer = torch.optim.Adam if workload["optimizer"] == "adam" else torch.optim.SGD
    optimizer = Optimizer(model.parameters(), lr=workload["learningRate"])
    if workload["loss"] == "crossEntropy":
        criterion, target = nn.CrossEntropyLoss(), torch.tensor([(7 * i) % sizes[-1] for i in range(batch)])
    else:
        criterion, target = nn.MSELoss(), ramp((batch, sizes[-1]), 0.25, 1)

    def step():
        loss = criterion(model(x), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step


step = step_of(json.loads(sys.argv[1]))
for line in sys.stdin:
    count = int(line)
    start = time.perf_counter()
    for _ in range(count):
        loss = step()
    took = time.perf_counter() - start
    print(json.dumps({"milliseconds": 1000 * took / count, "loss": loss.item()}), flush=True)
