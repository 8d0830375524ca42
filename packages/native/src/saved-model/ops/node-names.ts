/** Names as TensorFlow takes them (`IsValidNodeName` in `graph_constructor.cc`), each given once. */
export class NodeNames {
  private readonly taken = new Set<string>();

  /** The wanted name, with what TensorFlow does not allow replaced, and a number behind it where it is taken. */
  fresh(wanted: string): string {
    const base = wanted.replace(/[^A-Za-z0-9._/>-]/g, '_').replace(/^[^A-Za-z0-9.]/, (first) => `n${first}`);
    let name = base;
    for (let i = 1; this.taken.has(name); i++) name = `${base}_${i}`;
    this.taken.add(name);
    return name;
  }
}
