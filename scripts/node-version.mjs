/**
 * Says plainly that Node is too old, before anything else is loaded that an old Node could not even parse.
 * Imported first, and alone, by every script that a person starts.
 */
const wanted = [20, 19];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < wanted[0] || (major === wanted[0] && minor < wanted[1])) {
  console.error(
    `Invoq needs Node ${wanted.join('.')} or newer; this is Node ${process.versions.node}. Node 24 is a good choice.`,
  );
  process.exit(1);
}
