import torch
from torch import nn
from torch.nn import functional as F
from training import tensor_of, training


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        wide = F.max_pool2d(torch.tanh(self.conv1(x)), 2)
        deep = F.max_pool2d(torch.tanh(self.conv2(wide)), 2)
        hidden = torch.tanh(self.fc1(deep.flatten(1)))
        return self.fc3(torch.tanh(self.fc2(hidden)))


def build(workload):
    model = Model()
    x, labels = tensor_of(workload["x"]), tensor_of(workload["labels"])
    return training(workload, model, lambda: F.cross_entropy(model(x), labels))
