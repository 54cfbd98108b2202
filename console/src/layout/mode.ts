/** Light and dark mode: the browser's wish until the user chose one. */
import { Mode, applyMode } from '@cloudscape-design/global-styles';

const KEY = 'claviger-mode';

const wishes = (): Mode => (matchMedia('(prefers-color-scheme: dark)').matches ? Mode.Dark : Mode.Light);

export function currentMode(): Mode {
  const stored = localStorage.getItem(KEY);
  return stored === Mode.Dark || stored === Mode.Light ? stored : wishes();
}

export function applyStoredMode(): void {
  applyMode(currentMode());
}

export function toggleMode(): Mode {
  const next = currentMode() === Mode.Dark ? Mode.Light : Mode.Dark;
  localStorage.setItem(KEY, next);
  applyMode(next);
  return next;
}
