/**
 * A map of what is under way: its entries come and go with each call, and there are few at a time.
 *
 * The first full collection moves the table of a `Map` into V8's old generation. From then on each table that takes its place
 * is made there, and those it has left refer to what they held until the next full collection. With 1 to 32 entries most of
 * what goes through is kept that long, a copy and a cold page each (docs/decisions/0085). Arrays keep nothing.
 */

/** Up to so many entries are searched one by one; with more, a `Map` keeps hardly anything, and finds them sooner. */
const FEW = 48;

export class LiveMap<K, V> {
  private readonly names: K[] = [];
  private readonly items: V[] = [];
  /** Holds all entries while there are many. */
  private many: Map<K, V> | undefined;

  get size(): number {
    return this.many?.size ?? this.names.length;
  }

  get(key: K): V | undefined {
    if (this.many !== undefined) return this.many.get(key);
    const at = this.names.indexOf(key);
    return at === -1 ? undefined : this.items[at];
  }

  has(key: K): boolean {
    return this.many?.has(key) ?? this.names.includes(key);
  }

  set(key: K, value: V): void {
    if (this.many !== undefined) return void this.many.set(key, value);
    const at = this.names.indexOf(key);
    if (at !== -1) this.items[at] = value;
    else if (this.names.length < FEW) {
      this.names.push(key);
      this.items.push(value);
    } else this.becomeMany().set(key, value);
  }

  /** Whether it was there. */
  delete(key: K): boolean {
    if (this.many !== undefined) return this.deleteOfMany(this.many, key);
    const at = this.names.indexOf(key);
    if (at === -1) return false;
    close(this.names, at);
    close(this.items, at);
    return true;
  }

  clear(): void {
    this.names.length = this.items.length = 0;
    this.many = undefined;
  }

  /** As they stand now, the oldest first: entries may come and go while one walks through them. The same of `values`. */
  keys(): K[] {
    return this.many === undefined ? this.names.slice() : [...this.many.keys()];
  }

  values(): V[] {
    return this.many === undefined ? this.items.slice() : [...this.many.values()];
  }

  /** The value of the oldest entry. */
  get first(): V | undefined {
    return this.many === undefined ? this.items[0] : this.many.values().next().value;
  }

  private becomeMany(): Map<K, V> {
    this.many = new Map(this.names.map((key, i): [K, V] => [key, this.items[i]]));
    this.names.length = this.items.length = 0;
    return this.many;
  }

  private deleteOfMany(many: Map<K, V>, key: K): boolean {
    const wasThere = many.delete(key);
    // Well below the number at which it would become a `Map` again.
    if (many.size > FEW / 2) return wasThere;
    this.many = undefined;
    for (const [name, item] of many) {
      this.names.push(name);
      this.items.push(item);
    }
    return wasThere;
  }
}

/** The gap at `at`, in place: `splice` makes an array of what it takes out. */
function close(list: unknown[], at: number): void {
  const last = list.length - 1;
  for (let i = at; i < last; i++) list[i] = list[i + 1];
  list.pop();
}
