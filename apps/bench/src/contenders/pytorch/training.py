import math

import torch
from torch import optim


def uniform(shape, seed):
    """What numbers.ts calls so, in float64."""
    index = torch.arange(1, math.prod(shape) + 1, dtype=torch.float64)
    large = 43758.5453 * torch.sin(12.9898 * index + 78.233 * seed)
    return (large - large.floor()).reshape(shape)


def tensor_of(numbers):
    values = uniform(numbers["shape"], numbers["seed"])
    if "classes" in numbers:
        return (numbers["classes"] * values).floor().long()
    return (numbers["center"] + numbers["scale"] * (2 * values - 1)).float()


def checksum(values):
    flat = values.double().flatten()
    return (flat * torch.cos(torch.arange(len(flat), dtype=torch.float64))).sum().item()


def training(workload, model, loss_of):
    """Forward, backward and update of a model that starts from the workload's numbers."""
    model.load_state_dict({name: tensor_of(numbers) for name, numbers in workload["parameters"].items()})
    optimizer = optimizer_of(workload["optimizer"], model.parameters())

    def step():
        loss = loss_of()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item

    return step


def optimizer_of(optimizer, parameters):
    rate = optimizer["learningRate"]
    if optimizer["kind"] == "sgd":
        return optim.SGD(parameters, lr=rate, momentum=optimizer["momentum"])
    if optimizer["kind"] == "adam":
        return optim.Adam(parameters, lr=rate)
    return optim.AdamW(parameters, lr=rate, weight_decay=optimizer["weightDecay"])
