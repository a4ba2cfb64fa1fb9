// Ways to break the promises of this shop, each with the test that must turn red. `npm run test:mutations` applies them one
// at a time to a copy. An anchor (`find`) stands in its file exactly once; when the code moves on, its mutation must follow.
import { pipeline } from './of-the-pipeline.mjs';
import { workflows } from './of-workflows.mjs';

export const mutations = [...pipeline, ...workflows];
