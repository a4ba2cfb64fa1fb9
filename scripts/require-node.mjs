// Runs before `npm start` and `npm test`, and on any Node: nothing newer than ES modules here.
const NEEDED = 24;

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  console.error(
    'Nebulocart needs Node ' +
      NEEDED +
      ' or newer, this is Node ' +
      process.versions.node +
      '. On Linux "npm ci" brings one, which npm uses: "npm start", "npm run cluster". Elsewhere install it from https://nodejs.org.',
  );
  process.exit(1);
}
