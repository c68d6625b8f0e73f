export const REDIS: string[];
export interface Service {
  name: string;
  user: string;
  caps: string[];
  command: string[];
  env: Record<string, string>;
  mounts?: string[];
}
export const API: Service;
export const WORKER: Service;
