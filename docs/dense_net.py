"""A dense net whose every number can be computed by hand, from docs/live.md.

backprop live dense_net.py:net --layout matrices
"""

import torch
from torch import nn

net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2), nn.LogSoftmax(1))
with torch.no_grad():
    net[0].weight.copy_(torch.tensor([[1, -1, 1], [0, 1, 1], [1, 0, -1], [1, 1, 0]]))
    net[0].bias.copy_(torch.tensor([-5, 0, 2, -1]))
    net[2].weight.copy_(torch.tensor([[1, 0, 2, -1], [-1, 1, -1, -2]]))
    net[2].bias.copy_(torch.tensor([1, 2]))
inputs, targets = torch.tensor([[2.0, 1.0, 3.0]]), torch.tensor([1])
