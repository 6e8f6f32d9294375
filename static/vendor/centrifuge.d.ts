// The part of the official SDK that the link uses.
export interface Subscription {
  readonly state: 'unsubscribed' | 'subscribing' | 'subscribed';
  on(event: string, fn: (ctx: any) => void): this;
  subscribe(): void;
  unsubscribe(): void;
  presence(): Promise<{ clients: Record<string, { client: string; user: string; connInfo?: any }> }>;
}
export class Centrifuge {
  constructor(endpoint: string, options?: Record<string, any>);
  readonly state: 'disconnected' | 'connecting' | 'connected';
  on(event: string, fn: (ctx: any) => void): this;
  connect(): void;
  disconnect(): void;
  newSubscription(channel: string, options?: Record<string, any>): Subscription;
  removeSubscription(sub: Subscription | null): void;
  rpc(method: string, data: any): Promise<{ data: any }>;
}
