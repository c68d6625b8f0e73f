/** Light or dark: what the person chose here, or else what their system prefers. The page carries it as `data-theme`. */
const CHOICE = 'theme';
const system = matchMedia('(prefers-color-scheme: dark)');

export function showTheme(): void {
  document.documentElement.dataset.theme = localStorage.getItem(CHOICE) ?? (system.matches ? 'dark' : 'light');
}

export function turnTheme(): void {
  const isDark = document.documentElement.dataset.theme === 'dark';
  localStorage.setItem(CHOICE, isDark ? 'light' : 'dark');
  showTheme();
}

system.addEventListener('change', showTheme);
