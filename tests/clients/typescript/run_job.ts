// A job from its submission to its files, through the generated client and nothing else.
//
// `run_job.ts URL TOKEN FOLDER` writes the files into the folder and prints what it saw as JSON.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { client } from './client/client.gen.ts';
import { getJob, getJobManifest, getJobResult, submitJob } from './client/sdk.gen.ts';
import type {
  Definition,
  DefinitionNumberColumn,
  FileFormat,
  JobBody,
  JobStatus,
} from './client/types.gen.ts';

const ENDED: ReadonlySet<JobStatus> = new Set(['succeeded', 'failed', 'cancelled']);
const MOST_LOOKS = 30;
const FILES: readonly FileFormat[] = ['csv', 'parquet'];

const age: DefinitionNumberColumn = {
  type: 'int',
  min: 18,
  max: 99,
  distribution: { normal: { mean: 40, std: 12 } },
};

const definition: Definition = {
  name: 'customers',
  n_samples: 400,
  features: {
    name: { type: 'name' },
    age,
    plan: {
      type: 'category',
      cats: {
        Gold: { proportion: 0.25, correlation: 'positive', strength: 'high' },
        Silver: 0.75,
      },
    },
  },
  target: { churned: { type: 'bool', proportion: 0.25 } },
};

/** A job that has ended; each look waits at the service and not here. */
async function run(): Promise<JobBody> {
  const submitted = await submitJob({
    body: {
      schema: definition,
      seed: 7,
      verify: true,
      formats: [...FILES],
      sinks: [{ kind: 'local', folder: 'customers' }],
    },
    headers: { prefer: 'wait=20' },
    throwOnError: true,
  });
  let job = submitted.data;
  for (let look = 0; look < MOST_LOOKS && !ENDED.has(job.status); look += 1) {
    job = (await getJob({ path: { id: job.id }, throwOnError: true })).data;
  }
  return job;
}

async function save(folder: string, name: string, content: Blob): Promise<void> {
  await writeFile(join(folder, name), new Uint8Array(await content.arrayBuffer()));
}

async function download(folder: string, id: string): Promise<void> {
  const options = { path: { id }, parseAs: 'blob', throwOnError: true } as const;
  for (const format of FILES) {
    const { data } = await getJobResult({ ...options, query: { format } });
    await save(folder, `result.${format}`, data);
  }
  const { data } = await getJobManifest(options);
  await save(folder, 'manifest.json', data);
}

async function main(url: string, token: string, folder: string): Promise<void> {
  client.setConfig({ baseUrl: url, auth: token });
  const job = await run();
  const result = job.result;
  if (result?.verification?.task !== 'classification') {
    throw new Error(`the job has no result: ${JSON.stringify(job.error)}`);
  }
  await download(folder, job.id);
  const facts = Object.fromEntries(result.facts.map((fact) => [fact.fact, fact.holds]));
  const told = {
    id: job.id,
    status: job.status,
    facts,
    auc: result.verification.auc,
    deliveries: job.deliveries.map((delivery) => delivery.status),
    result,
  };
  process.stdout.write(JSON.stringify(told));
}

const [url, token, folder] = process.argv.slice(2);
if (url === undefined || token === undefined || folder === undefined) {
  throw new Error('run_job.ts URL TOKEN FOLDER');
}
await main(url, token, folder);
