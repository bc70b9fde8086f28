// What is generated is run as it comes, by a Node.js that reads TypeScript.
export default {
  input: process.env.DOCUMENT,
  output: { path: process.env.CLIENT, module: { extension: '.ts' } },
  plugins: ['@hey-api/typescript', '@hey-api/sdk', '@hey-api/client-fetch'],
};
