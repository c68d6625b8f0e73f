import type { SettingsTable } from '../libs/host/read-settings';

export function configurationPage(api: SettingsTable, worker: SettingsTable): string;
