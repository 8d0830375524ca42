/** Progress events as lines for a terminal, each of which is said once in a row. */
export function sayOnce(
  say: (message: string) => void,
): (event: { readonly message?: string | undefined }) => void {
  let said: string | undefined;
  return ({ message }) => {
    if (message !== undefined && message !== said) say((said = message));
  };
}
