export function contextOf(files: string[], ignore: string): string[];
