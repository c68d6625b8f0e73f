/** Light or dark: what the person chose here, or else what their system prefers. The page carries it as `data-theme`. */
import { keep, kept } from './kept';

const THEMES = ['light', 'dark'] as const;
const system = matchMedia('(prefers-color-scheme: dark)');

export function showTheme(): void {
  document.documentElement.dataset.theme = kept('theme', THEMES) ?? (system.matches ? 'dark' : 'light');
}

export function turnTheme(): void {
  const { dataset } = document.documentElement;
  dataset.theme = dataset.theme === 'dark' ? 'light' : 'dark';
  keep('theme', dataset.theme);
}

system.addEventListener('change', showTheme);
