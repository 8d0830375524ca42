"""Times the training steps of `wasm/train-cnn` and `wasm/train-mlp` in PyTorch on one thread: python3 train_step.py

Prints the median, the fastest and the slowest of the steps of each in milliseconds.
"""

import statistics
import time

import torch
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(1)


def cnn():
    return nn.Sequential(
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


def mlp():
    return nn.Sequential(
        nn.Linear(784, 1200),
        nn.ReLU(),
        nn.Linear(1200, 1200),
        nn.ReLU(),
        nn.Linear(1200, 10),
    )


def time_steps(name, network, inputs):
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    labels = torch.arange(len(inputs)) % 10

    def step():
        optimizer.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(network(inputs), labels).backward()
        optimizer.step()

    for _ in range(20):
        step()
    times = []
    for _ in range(100):
        start = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - start))
    print(f"{name}: median {statistics.median(times):.1f} ms ({min(times):.1f} to {max(times):.1f})")


print(f"torch {torch.__version__}, {torch.get_num_threads()} thread")
time_steps("train-cnn, batch 64", cnn(), torch.rand(64, 1, 28, 28))
time_steps("train-mlp, batch 128", mlp(), torch.rand(128, 784))
