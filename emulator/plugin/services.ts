// Objects of functions that plugins offer each other by name. What a plugin gets is a view that dies with the provider,
// so that nobody calls into a plugin that is gone.

import { type Place, PluginUseError, ServiceGoneError } from './errors.ts';

interface Offer<O> {
  readonly owner: O;
  readonly service: object;
  live: boolean;
}

export class Services<O extends { readonly name: string }> {
  private readonly offers = new Map<string, Offer<O>>();

  provide(owner: O, name: string, service: object, place: Place): void {
    if (typeof service !== 'object' || service === null) throw new PluginUseError(place, 'a service is an object');
    const other = this.offers.get(name);
    if (other && other.owner !== owner)
      throw new PluginUseError(place, `the service ${name} is provided by plugin ${other.owner.name} already`);
    if (other) other.live = false;
    this.offers.set(name, { owner, service, live: true });
  }

  get(name: string, place: () => Place): object | undefined {
    const offer = this.offers.get(name);
    if (!offer) return undefined;
    return new Proxy(offer.service, {
      get(target, key) {
        if (!offer.live)
          throw new ServiceGoneError(place(), `the service ${name} of plugin ${offer.owner.name} is gone`);
        const value = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  withdraw(owner: O): void {
    for (const [name, offer] of this.offers) {
      if (offer.owner !== owner) continue;
      offer.live = false;
      this.offers.delete(name);
    }
  }
}
