/** Texts by key, up to so many characters in all; the ones longest unused go first. A Map to whoever stores in it. */
export class BoundedTexts extends Map<string, string> {
  private characters = 0;

  constructor(private readonly most: number) {
    super();
  }

  /** Characters of all keys and texts. */
  get length(): number {
    return this.characters;
  }

  override get(key: string): string | undefined {
    const text = super.get(key);
    if (text === undefined) return undefined;
    // Last in the order of insertion, which is the order in which they go.
    super.delete(key);
    super.set(key, text);
    return text;
  }

  override set(key: string, text: string): this {
    this.delete(key);
    if (key.length + text.length > this.most) return this;
    super.set(key, text);
    this.characters += key.length + text.length;
    for (const oldest of this.keys()) {
      if (this.characters <= this.most) break;
      this.delete(oldest);
    }
    return this;
  }

  override delete(key: string): boolean {
    const text = super.get(key);
    if (text === undefined) return false;
    this.characters -= key.length + text.length;
    return super.delete(key);
  }

  override clear(): void {
    super.clear();
    this.characters = 0;
  }
}
