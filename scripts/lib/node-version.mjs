// Imported before anything else: must run, and say so clearly, on a Node.js that is too old for the rest.
var parts = process.versions.node.split('.').map(Number);
var major = parts[0];
var minor = parts[1];
var good = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 23;

if (!good) {
  console.error(
    'Node.js: expected 20.19 or later (or 22.12 or later), got ' +
      process.versions.node +
      '. Install a current version and run the command again.',
  );
  process.exit(1);
}
