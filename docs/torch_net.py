"""A net of PyTorch that learns XOR, from docs/pytorch.md.

python torch_net.py                                # trains it
backprop generate --torch torch_net.py:model       # writes its training as live formulas
"""

import torch
from torch import nn

torch.manual_seed(3)
model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2)).double()
inputs = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]]).double()
targets = torch.tensor([0, 1, 1, 0])
loss = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)

if __name__ == "__main__":
    for step in range(21):
        value = loss(model(inputs), targets)
        if step % 5 == 0:
            print(f"step {step:2}: {value.item():.9f}")
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
