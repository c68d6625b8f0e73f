/** What the page keeps in the browser from visit to visit. A browser that keeps nothing for this page has none of it. */
export function kept<Value extends string>(name: string, values: readonly Value[]): Value | undefined {
  try {
    const value = localStorage.getItem(name);
    return values.find((one) => one === value);
  } catch {
    return undefined;
  }
}

export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // It is asked for again at the next visit.
  }
}
