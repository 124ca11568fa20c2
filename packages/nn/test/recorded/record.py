"""Records what the tests of this folder compare with: python3 record.py > recorded.json (PyTorch 1.13.1)."""
import json
import torch
import torch.nn as nn
from torch.nn.utils import parametrizations, rnn, weight_norm


def numbers(x):
    return [round(v, 9) for v in x.detach().double().flatten().tolist()]


def state(module):
    return {name: numbers(x) for name, x in module.state_dict().items()}


x = torch.arange(6.0).reshape(2, 3) / 5
result = {}

for dim in (0, 1, None):
    torch.manual_seed(1)
    layer = weight_norm(nn.Linear(3, 2), dim=dim)
    output = layer(x)
    output.pow(2).sum().backward()
    result[f"weight_norm_{dim}"] = {
        "state": state(layer), "output": numbers(output), "g": numbers(layer.weight_g.grad), "v": numbers(layer.weight_v.grad)}

torch.manual_seed(2)
layer = parametrizations.spectral_norm(nn.Linear(3, 2))
first, second = layer(x), layer(x)
second.pow(2).sum().backward()
layer.eval()
result["spectral_norm"] = {
    "state": state(layer), "outputs": [numbers(first), numbers(second), numbers(layer(x))],
    "gradient": numbers(layer.parametrizations.weight.original.grad)}
torch.manual_seed(2)
layer = parametrizations.spectral_norm(nn.ConvTranspose2d(3, 2, 2), n_power_iterations=2)
result["spectral_norm_transposed"] = {"state": state(layer)}

for name, layer, options in (("lstm", nn.LSTM, {"proj_size": 2}), ("gru", nn.GRU, {}), ("rnn", nn.RNN, {"nonlinearity": "relu"})):
    torch.manual_seed(3)
    layer = layer(2, 3, num_layers=2, bidirectional=True, **options)
    sequences = [torch.randn(n, 2) for n in (2, 4, 1)]
    packed = rnn.pack_sequence(sequences, enforce_sorted=False)
    output, hidden = layer(packed)
    padded, lengths = rnn.pad_packed_sequence(output, batch_first=True, padding_value=-1.0, total_length=5)
    hidden = hidden if isinstance(hidden, tuple) else (hidden,)
    (padded.pow(2).sum() + sum(h.sum() for h in hidden)).backward()
    result[f"packed_{name}"] = {
        "sequences": [numbers(s) for s in sequences], "data": numbers(packed.data), "batch_sizes": packed.batch_sizes.tolist(),
        "sorted": packed.sorted_indices.tolist(), "unsorted": packed.unsorted_indices.tolist(), "padded": numbers(padded),
        "lengths": lengths.tolist(), "hidden": [numbers(h) for h in hidden],
        "gradients": {k: numbers(p.grad) for k, p in layer.named_parameters()}}

torch.manual_seed(4)
layer = nn.LSTM(2, 3, num_layers=3, dropout=0.5, batch_first=True)
result["dropout_between_layers"] = {"output": numbers(layer(torch.ones(2, 4, 2))[0])}

torch.manual_seed(5)
linear, conv = nn.LazyLinear(2), nn.LazyConvTranspose2d(2, 3, groups=1)
linear(torch.ones(1, 3)), conv(torch.ones(1, 2, 3, 3))
result["lazy"] = {"linear": state(linear), "conv": state(conv)}

torch.manual_seed(6)
layer = nn.Sequential(nn.Linear(3, 2), nn.Tanh())
seen = []
layer[0].register_full_backward_hook(lambda m, i, o: seen.append([numbers(i[0]), numbers(o[0])]))
layer[1].register_full_backward_hook(lambda m, i, o: (i[0] * 2,))
leaf = x.clone().requires_grad_()
layer(leaf).pow(2).sum().backward()
result["backward_hooks"] = {"seen": seen, "leaf": numbers(leaf.grad), "weight": numbers(layer[0].weight.grad)}
torch.manual_seed(7)
bilinear = nn.Bilinear(3, 3, 2)
pair = []
bilinear.register_full_backward_hook(lambda m, i, o: pair.extend([numbers(i[0]), numbers(i[1])]) or (i[0], i[1] * 3))
a, b = x.clone().requires_grad_(), (x + 1).requires_grad_()
bilinear(a, b).sum().backward()
result["backward_hook_of_two"] = {"seen": pair, "a": numbers(a.grad), "b": numbers(b.grad)}

print(json.dumps(result))
