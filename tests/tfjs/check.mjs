// Loads a saved model with TF.js and compares its outputs with those stored beside it.
// Usage: node check.mjs NPM_FOLDER CASE_FOLDER
// CASE_FOLDER holds model/ (model.json and weights) and case.json: {"tolerance", "inputs": [{"shape", "file"}], "outputs": [...]},
// files of raw little-endian float32. Prints one line; exit 1 when something differs or cannot be loaded.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';

const [npmFolder, caseFolder] = process.argv.slice(2);
console.warn = () => {};  // it recommends its native backend
const tf = createRequire(join(npmFolder, 'package.json'))('@tensorflow/tfjs');

const bytesOf = (...path) => {
  const buffer = readFileSync(join(...path));
  return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);
};

// What TF.js does with a URL, for a folder.
const folderHandler = (folder) => ({
  load: async () => {
    const document = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
    const paths = document.weightsManifest.flatMap((group) => group.paths);
    const shards = paths.map((path) => Buffer.from(bytesOf(folder, path)));
    const data = Buffer.concat(shards);
    return {
      format: document.format,
      modelTopology: document.modelTopology,
      weightSpecs: document.weightsManifest.flatMap((group) => group.weights),
      weightData: data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength),
    };
  },
});

const tensorsOf = (entries) => entries.map(
    (entry) => tf.tensor(new Float32Array(bytesOf(caseFolder, entry.file)), entry.shape));

// The largest difference, divided by the largest expected value.
const relativeDifference = (actual, expected) => {
  const a = actual.dataSync(), b = expected.dataSync();
  if (a.length !== b.length || String(actual.shape) !== String(expected.shape)) return Infinity;
  let difference = 0, largest = 0;
  for (let i = 0; i < a.length; ++i) {
    if (Number.isNaN(a[i]) !== Number.isNaN(b[i])) return Infinity;
    difference = Math.max(difference, Math.abs(a[i] - b[i]) || 0);
    largest = Math.max(largest, Math.abs(b[i]) || 0);
  }
  return difference / (largest || 1);
};

try {
  const test = JSON.parse(readFileSync(join(caseFolder, 'case.json'), 'utf8'));
  await tf.setBackend('cpu');
  const model = await tf.loadLayersModel(folderHandler(join(caseFolder, 'model')));
  const outputs = [model.predict(tensorsOf(test.inputs))].flat();
  const expected = tensorsOf(test.outputs);
  if (outputs.length !== expected.length) throw new Error(`${outputs.length} outputs instead of ${expected.length}`);
  const worst = Math.max(...outputs.map((output, i) => relativeDifference(output, expected[i])));
  console.log(`tfjs ${tf.version.tfjs}: ${outputs.length} outputs, relative difference ${worst.toExponential(2)}`);
  process.exit(worst <= test.tolerance ? 0 : 1);
} catch (error) {
  console.log(`tfjs: ${error.message}`);
  process.exit(1);
}
