"""Writes orders.json beside it: the orders that PyTorch's loaders and samplers give. Run by hand, with torch 1.13.1."""

import itertools
import json
from pathlib import Path

import torch
from torch.utils.data import (
    DataLoader,
    RandomSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
    random_split,
)
from torch.utils.data.distributed import DistributedSampler


class Numbers(torch.utils.data.Dataset):
    def __init__(self, length):
        self.length = length

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return index


def epochs_of(loader, count=3):
    """The batches of some epochs, with a draw from the default generator within and between them."""
    epochs = []
    for _ in range(count):
        batches, drawn = [], []
        for batch in loader:
            batches.append(batch.tolist() if torch.is_tensor(batch) else batch)
            drawn.append(torch.rand(()).item())
        epochs.append({"batches": batches, "drawn": [*drawn, torch.rand(()).item()]})
    return epochs


def own(seed):
    return None if seed is None else torch.Generator().manual_seed(seed)


loaders = []
grid = itertools.product([0, 1, 42, 2**31 + 5], [(10, 3), (7, 7), (5, 2), (1, 4)], [False, True], [None, 9], [True, False])
for seed, (length, batch_size), drop_last, generator, shuffle in grid:
    torch.manual_seed(seed)
    loader = DataLoader(
        Numbers(length), batch_size=batch_size, shuffle=shuffle, drop_last=drop_last, generator=own(generator)
    )
    case = dict(seed=seed, length=length, batchSize=batch_size, dropLast=drop_last, generator=generator, shuffle=shuffle)
    loaders.append({**case, "epochs": epochs_of(loader)})

samplers = []
weights = [0.1, 3.0, 0.5, 1.25, 0.0, 7.0, 0.01]
kinds = {
    "random": lambda g: RandomSampler(Numbers(6), generator=g),
    "random, count 15": lambda g: RandomSampler(Numbers(6), num_samples=15, generator=g),
    "random, replacement": lambda g: RandomSampler(Numbers(6), replacement=True, generator=g),
    "random, replacement, count 70": lambda g: RandomSampler(Numbers(6), replacement=True, num_samples=70, generator=g),
    "subset": lambda g: SubsetRandomSampler([3, 8, 5, 13, 1], generator=g),
    "weighted": lambda g: WeightedRandomSampler(weights, 40, generator=g),
    "weighted, different": lambda g: WeightedRandomSampler(weights, 5, replacement=False, generator=g),
}
for (kind, create), seed, generator in itertools.product(kinds.items(), [0, 3, 12345], [None, 5]):
    torch.manual_seed(seed)
    sampler = create(own(generator))
    orders = [list(map(int, sampler)) for _ in range(3)]
    torch.manual_seed(seed)
    loader = DataLoader(Numbers(20), batch_size=4, sampler=create(own(generator)))
    case = dict(kind=kind, seed=seed, generator=generator)
    samplers.append({**case, "orders": orders, "epochs": epochs_of(loader)})

distributed = []
for length, replicas, shuffle, drop_last in itertools.product([10, 9, 2, 1], [1, 2, 3, 5], [True, False], [True, False]):
    if drop_last and length < replicas:
        continue
    for rank in range(replicas):
        sampler = DistributedSampler(Numbers(length), replicas, rank, shuffle, seed=17, drop_last=drop_last)
        epochs = []
        for epoch in range(3):
            sampler.set_epoch(epoch)
            epochs.append(list(sampler))
        case = dict(length=length, replicas=replicas, rank=rank, shuffle=shuffle, dropLast=drop_last)
        distributed.append({**case, "epochs": epochs, "size": len(sampler)})

splits = []
for lengths, seed, generator in itertools.product([[7, 3], [0.5, 0.3, 0.2], [0.33, 0.33, 0.34], [10], [0, 10]], [0, 8], [None, 4]):
    torch.manual_seed(seed)
    arguments = {} if generator is None else {"generator": own(generator)}
    parts = random_split(Numbers(10), lengths, **arguments)
    splits.append(dict(lengths=lengths, seed=seed, generator=generator, parts=[list(part.indices) for part in parts]))

everything = dict(loaders=loaders, samplers=samplers, weights=weights, distributed=distributed, splits=splits)
Path(__file__).with_name("orders.json").write_text(json.dumps(everything, separators=(",", ":")) + "\n")
