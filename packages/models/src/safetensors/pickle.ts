/** What can be done where weights are a pickle of PyTorch (`pytorch_model.bin`, `.pt`, `.pth`): code that runs as it is read. */
export const OF_PICKLES =
  "Pickles of PyTorch (pytorch_model.bin, .pt, .pth) are not read: write the weights in Python by safetensors.torch.save_file(model.state_dict(), 'model.safetensors')";

/** Whether a file begins as one of PyTorch does: a zip since version 1.6, before that the bytes of a pickle. Headers of some lengths do, too. */
export function isPickle(first: Uint8Array): boolean {
  const [a = 0, b = 0, c = 0, d = 0] = first;
  return (a === 0x50 && b === 0x4b && c === 3 && d === 4) || (a === 0x80 && b >= 2 && b <= 5);
}
