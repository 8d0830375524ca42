# Epochs of PyTorch's DataLoader over 10,000 samples of 100 floats in batches of 64. For each line on stdin, which is a number
# of workers, runs one epoch and prints how many samples it gave.
import sys
import torch
from torch.utils.data import DataLoader, Dataset


class Rows(Dataset):
    def __init__(self):
        self.x = torch.rand(10000, 100)
        self.y = torch.arange(10000)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


loaders = {}
for line in sys.stdin:
    workers = int(line)
    if workers not in loaders:
        loaders[workers] = DataLoader(
            Rows(), batch_size=64, shuffle=True, num_workers=workers, persistent_workers=workers > 0
        )
    print(sum(x.shape[0] for x, _ in loaders[workers]), flush=True)
