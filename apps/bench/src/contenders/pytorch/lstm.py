from torch import nn
from torch.nn import functional as F
from training import tensor_of, training


class Model(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.lstm = nn.LSTM(sizes["inputs"], sizes["hidden"])
        self.head = nn.Linear(sizes["hidden"], sizes["classes"])

    def forward(self, x):
        outputs, _ = self.lstm(x)
        return self.head(outputs[-1])


def build(workload):
    model = Model(workload["sizes"])
    x, labels = tensor_of(workload["x"]), tensor_of(workload["labels"])
    return training(workload, model, lambda: F.cross_entropy(model(x), labels))
