export interface Step {
  word: string;
  args: string;
  line: number;
}
export interface Stage {
  base: string;
  name?: string;
  steps: Step[];
}
export function readDockerfile(text: string): Stage[];
export function copyOf(args: string): { from?: string; sources: string[]; target: string };
export function pairsOf(args: string, known?: Record<string, string>): Record<string, string>;
export function labelsOf(stage: Stage, given?: Record<string, string>): Record<string, string>;
