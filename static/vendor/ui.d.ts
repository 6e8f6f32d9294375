// What the bundle `ui.js` gives us of preact, preact/hooks, @preact/signals and htm.
export interface ReadonlySignal<T> { readonly value: T; peek(): T; subscribe(fn: (value: T) => void): () => void; }
export interface Signal<T> { value: T; peek(): T; subscribe(fn: (value: T) => void): () => void; }
export type Node = any;
export function h(type: any, props: any, ...children: any[]): Node;
export function html(strings: TemplateStringsArray, ...values: any[]): Node;
export function render(node: Node, into: Element): void;
export const Fragment: any;
export function createContext<T>(value: T): any;
export function useState<T>(initial: T | (() => T)): [T, (next: T | ((was: T) => T)) => void];
export function useEffect(fn: () => void | (() => void), deps?: readonly any[]): void;
export function useLayoutEffect(fn: () => void | (() => void), deps?: readonly any[]): void;
export function useRef<T>(initial: T): { current: T };
export function useMemo<T>(fn: () => T, deps: readonly any[]): T;
export function useCallback<T extends Function>(fn: T, deps: readonly any[]): T;
export function signal<T>(value: T): Signal<T>;
export function computed<T>(fn: () => T): ReadonlySignal<T>;
export function effect(fn: () => void | (() => void)): () => void;
export function batch<T>(fn: () => T): T;
export function untracked<T>(fn: () => T): T;
export function useSignal<T>(value: T): Signal<T>;
export function useComputed<T>(fn: () => T): ReadonlySignal<T>;
export function useSignalEffect(fn: () => void | (() => void)): void;
