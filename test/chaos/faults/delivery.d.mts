interface Message {
  readonly partition: number;
  readonly raw: { readonly timestamp: string };
}

export function newest<One extends Message>(messages: readonly One[], most: number): One[];
