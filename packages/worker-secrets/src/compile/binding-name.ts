/** Why a binding name is refused, or `undefined`: Workers see it as a property of `env`. */
export function bindingNameFault(name: string): string | undefined {
  if (/^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name)) return undefined;
  return `'${name}' is not an identifier (letters, digits, _ and $; not beginning with a digit)`;
}
