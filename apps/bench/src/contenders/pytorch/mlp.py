from torch import nn
from training import tensor_of, training


def build(workload):
    sizes, layers = workload["sizes"], []
    for inputs, outputs in zip(sizes, sizes[1:]):
        if layers:
            layers.append(nn.Tanh() if workload["activation"] == "tanh" else nn.ReLU())
        layers.append(nn.Linear(inputs, outputs))
    model = nn.Sequential(*layers)
    x, y = tensor_of(workload["x"]), tensor_of(workload["y"])
    criterion = nn.CrossEntropyLoss() if "classes" in workload["y"] else nn.MSELoss()
    return training(workload, model, lambda: criterion(model(x), y))
