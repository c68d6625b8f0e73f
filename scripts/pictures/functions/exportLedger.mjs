import ledger from './ledger-format.mjs';

export const main = () => ledger.write();
