/** The other side of a plain `fork`: takes JSON text, answers with JSON text. */
import { add } from '../rivals/add.mjs';

process.on('message', (text) => process.send(JSON.stringify(add(JSON.parse(text)))));
process.on('disconnect', () => process.exit(0));
