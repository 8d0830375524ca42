"""Times a training step of the network of `wasm/train-cnn` in PyTorch on one thread: python3 train_cnn.py

Prints the median, the fastest and the slowest of the steps in milliseconds.
"""

import statistics
import time

import torch
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(1)
network = nn.Sequential(
    nn.Conv2d(1, 32, 3, padding="same"),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(32, 64, 3, padding="same"),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(7 * 7 * 64, 128),
    nn.ReLU(),
    nn.Linear(128, 10),
)
optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
images = torch.rand(64, 1, 28, 28)
labels = torch.arange(64) % 10


def step():
    optimizer.zero_grad(set_to_none=True)
    nn.functional.cross_entropy(network(images), labels).backward()
    optimizer.step()


for _ in range(20):
    step()
times = []
for _ in range(100):
    start = time.perf_counter()
    step()
    times.append(1e3 * (time.perf_counter() - start))
print(f"torch {torch.__version__}, {torch.get_num_threads()} thread")
print(f"median {statistics.median(times):.1f} ms ({min(times):.1f} to {max(times):.1f})")
