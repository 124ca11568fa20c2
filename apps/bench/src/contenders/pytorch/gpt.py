import math

import torch
from torch import nn
from torch.nn import functional as F
from training import tensor_of, training


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)
        self.heads = heads

    def forward(self, x, future):
        x = x + self.attend(self.norm1(x), future)
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))

    def attend(self, x, future):
        batch, time, width = x.shape
        parts = self.qkv(x).chunk(3, dim=-1)
        query, key, value = (part.view(batch, time, self.heads, -1).transpose(1, 2) for part in parts)
        attended = attention(query, key, value, future)
        return self.output(attended.transpose(1, 2).reshape(batch, time, width))


def attention(query, key, value, future):
    """PyTorch's own where it has one (from 2.0 on)."""
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(query, key, value, is_causal=True)
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
    return scores.masked_fill(future, -math.inf).softmax(-1) @ value


class Model(nn.Module):
    def __init__(self, layers, width, heads, time, vocabulary):
        super().__init__()
        self.token = nn.Embedding(vocabulary, width)
        self.position = nn.Embedding(time, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        self.future = torch.ones(time, time, dtype=torch.bool).triu(1)

    def forward(self, tokens):
        x = self.token(tokens) + self.position.weight
        for block in self.blocks:
            x = block(x, self.future)
        return self.head(self.norm(x))


def build(workload):
    sizes = workload["sizes"]
    model = Model(**{name: sizes[name] for name in ("layers", "width", "heads", "time", "vocabulary")})
    tokens, targets = tensor_of(workload["tokens"]), tensor_of(workload["targets"])
    return training(workload, model, lambda: F.cross_entropy(model(tokens).flatten(0, 1), targets))
