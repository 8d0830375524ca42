import { fail, type Port } from '@tfjs-optimize/core';

/** A candidate with the inputs it takes; none are known of functions. */
export interface Signed {
  readonly name: string;
  readonly ports: readonly Port[] | undefined;
}

/**
 * Requires that all candidates take inputs of the same number, types and fitting shapes, in the same order
 * (-1 and unknown ranks fit everything).
 *
 * @param byKey whether inputs are given by key, so that keys must agree, too.
 * @throws `compare/signature` naming the candidate and the input.
 */
export function requireSameSignatures(candidates: readonly Signed[], byKey: boolean): void {
  const known = candidates.filter((each) => each.ports !== undefined) as Required<Signed>[];
  const [first, ...others] = known;
  if (first?.ports === undefined) return;
  for (const { name, ports } of others) requireSame(first.name, first.ports, name, ports ?? [], byKey);
}

function requireSame(
  firstName: string,
  expected: readonly Port[],
  name: string,
  own: readonly Port[],
  byKey: boolean,
): void {
  const refuse = (subject: string, wanted: string, got: string): never =>
    fail('compare/signature', {
      subject,
      expected: `${wanted} as '${firstName}' takes`,
      got,
      advice: 'Compare candidates that run on the same inputs',
    });
  const subject = `candidate '${name}'`;
  if (own.length !== expected.length) {
    refuse(
      subject,
      `${expected.length} inputs (${portsText(expected)})`,
      `${own.length} (${portsText(own)})`,
    );
  }
  for (const [i, port] of expected.entries()) {
    const other = byKey ? own.find(({ key }) => key === port.key) : own[i];
    if (other === undefined) refuse(subject, `an input '${port.key}'`, portsText(own));
    else if (other.dtype !== port.dtype || !fits(port.shape, other.shape)) {
      refuse(`${subject}, input '${other.key}'`, portText(port), portText(other));
    }
  }
}

function fits(a: Port['shape'], b: Port['shape']): boolean {
  if (a === undefined || b === undefined) return true;
  return a.length === b.length && a.every((size, i) => size < 0 || (b[i] as number) < 0 || size === b[i]);
}

const portsText = (ports: readonly Port[]): string => ports.map(portText).join('; ');

function portText({ key, dtype, shape }: Port): string {
  return `'${key}' ${shape === undefined ? '[any shape]' : `[${shape.join(',')}]`} ${dtype}`;
}
