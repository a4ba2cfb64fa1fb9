import type { FastifyInstance } from 'fastify';

interface Route {
  readonly segments: readonly string[];
  readonly methods: readonly string[];
}

const places = ({ segments }: Route): number => segments.filter((segment) => segment.startsWith(':')).length;

/** What can be asked at each path, from the routes as they are added: a method that a path does not have is told from a path that there is not. */
export class AllowedMethods {
  private readonly routes: Route[] = [];

  listenTo(server: FastifyInstance): void {
    server.addHook('onRoute', ({ url, method }) => {
      if (!url.includes('*')) this.routes.push({ segments: url.split('/'), methods: [method].flat() });
    });
  }

  /** Empty where there is nothing at all. */
  at(url: string): string[] {
    const asked = url.split('?')[0]!.split('/');
    const fits = (segments: readonly string[]): boolean =>
      segments.length === asked.length &&
      segments.every((segment, index) => (segment.startsWith(':') ? asked[index] !== '' : segment === asked[index]));
    const found = this.routes.filter(({ segments }) => fits(segments));
    // `/products/popular` is a path of its own, although `/products/:sku` would fit.
    const fewest = Math.min(...found.map(places));
    return [...new Set(found.filter((route) => places(route) === fewest).flatMap(({ methods }) => methods))].toSorted();
  }
}
