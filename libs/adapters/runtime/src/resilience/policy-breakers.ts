import { metrics } from '@opentelemetry/api';
import { Breakers, type Breaker, type BreakerOptions, type BreakerState } from '@kernel/ports/breakers.js';
import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen, timeout, TimeoutStrategy, wrap } from 'cockatiel';
import type { CircuitBreakerPolicy, IPolicy } from 'cockatiel';
import { TaskCancelledError } from 'cockatiel';

const meter = metrics.getMeter('nebulocart.resilience');
const refused = meter.createCounter('circuit_breaker_refused_calls', { description: 'Calls that were not made because their breaker was open' });

const STATES: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
};
const MEASURED: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 };

/** What a breaker tells of its opening and closing, once each. */
export type OnChange = (name: string, state: BreakerState) => void;

/** Circuit breakers by cockatiel. */
export class PolicyBreakers extends Breakers {
  private readonly breakers = new Map<string, Breaker>();
  private readonly stopObserving: () => void;

  constructor(private readonly onChange: OnChange = () => undefined) {
    super();
    this.stopObserving = this.observe();
  }

  make(name: string, options: BreakerOptions): Breaker {
    if (this.breakers.has(name)) throw new Error(`there is a breaker ${name} already`);
    const breaker = new PolicyBreaker(name, options, (state) => this.onChange(name, state));
    this.breakers.set(name, breaker);
    // A counter that is absent until the first trouble cannot be watched for it.
    refused.add(0, { name });
    return breaker;
  }

  /** Ends the measuring. */
  stop(): void {
    this.stopObserving();
  }

  private observe(): () => void {
    const gauge = meter.createObservableGauge('circuit_breaker_state', { description: '0 closed, 1 half-open (trying one call), 2 open' });
    const callback = (result: { observe(value: number, attributes: { name: string }): void }): void => {
      for (const [name, { state }] of this.breakers) result.observe(MEASURED[state], { name });
    };
    gauge.addCallback(callback);
    return () => gauge.removeCallback(callback);
  }
}

class PolicyBreaker implements Breaker {
  private readonly circuit: CircuitBreakerPolicy;
  private readonly policy: Pick<IPolicy<{ signal: AbortSignal }>, 'execute'>;
  private told: BreakerState = 'closed';

  constructor(
    private readonly name: string,
    private readonly options: BreakerOptions,
    private readonly onChange: (state: BreakerState) => void,
  ) {
    const { timeoutMs, failures, retryAfterMs, isFailure = () => true } = options;
    const handled = handleWhen((error) => error instanceof TaskCancelledError || isFailure(error));
    this.circuit = circuitBreaker(handled, { breaker: new ConsecutiveBreaker(failures), halfOpenAfter: retryAfterMs });
    // The signal comes at a time-out only: what a call has answered may still be read.
    const limit = timeoutMs === undefined ? null : timeout(timeoutMs, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false });
    this.policy = limit ? wrap(this.circuit, limit) : this.circuit;
    this.circuit.onBreak(() => this.tell('open'));
    this.circuit.onReset(() => this.tell('closed'));
  }

  get state(): BreakerState {
    return STATES[this.circuit.state];
  }

  async run<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { probe } = this.options;
    if (probe && this.circuit.state !== CircuitState.Closed) await this.guarded(probe);
    return this.guarded(call);
  }

  isolate(): () => void {
    const handle = this.circuit.isolate();
    return () => handle.dispose();
  }

  private async guarded<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    // The policy would let everybody wait for the one that is being tried.
    if (this.circuit.state === CircuitState.HalfOpen) throw this.refused();
    try {
      return await this.policy.execute(({ signal }) => call(signal));
    } catch (error) {
      if (error instanceof TaskCancelledError) throw this.options.refusal('timeout');
      throw error instanceof BrokenCircuitError ? this.refused() : error;
    }
  }

  private refused(): Error {
    refused.add(1, { name: this.name });
    return this.options.refusal('open');
  }

  /** Each try that fails opens it anew, which is no news. */
  private tell(state: BreakerState): void {
    if (state === this.told) return;
    this.told = state;
    this.onChange(state);
  }
}
