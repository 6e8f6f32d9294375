export function get(key: string): Promise<any>;
export function set(key: string, value: any): Promise<void>;
export function del(key: string): Promise<void>;
export function keys(): Promise<string[]>;
