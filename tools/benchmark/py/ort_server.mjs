// ONNX Runtime as a server of timings, for inference in float32. It answers the questions of graft-bench
// (tools/benchmark/server.h). The network is the model.onnx that torch_server.py exports. bench.py runs this with the
// folder of the npm packages and the number of threads.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import path from "node:path";

const [folder, threads] = process.argv.slice(2);
const require = createRequire(path.resolve(folder, "package.json"));
const { Tensor } = require("onnxruntime-node");
// Calls the native session itself: the package's run() also waits for the event loop, which is not ONNX Runtime's time.
const { binding, initOrt } = require(path.resolve(folder, "node_modules/onnxruntime-node/dist/binding.js"));
initOrt();

const settings = {
  graphOptimizationLevel: "all", intraOpNumThreads: Number(threads), interOpNumThreads: 1, executionMode: "sequential",
};
const sessions = new Map();

function load({ folder }) {
  const session = new binding.InferenceSession();
  session.loadModel(`${folder}/model.onnx`, settings);
  const shape = session.inputMetadata[0].shape;
  const bytes = readFileSync(`${folder}/input_channels_first.bin`);
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const feeds = { input: new Tensor("float32", values, shape) };
  const run = () => session.run(feeds, { output: null }, {});
  for (let k = 0; k < 3; ++k) run();
  return run;
}

function session(question) {
  const key = `${question.model} ${question.batch}`;
  if (!sessions.has(key)) sessions.set(key, load(question));
  return sessions.get(key);
}

const answers = {
  check(question) {
    const { data, dims } = session(question)().output;
    const output = `${question.folder}/output_ort.bin`;
    writeFileSync(output, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return { output, shape: dims };
  },
  time(question) {
    const run = session(question);
    const start = process.hrtime.bigint();
    for (let k = 0; k < question.calls; ++k) run();
    return { ms: Number(process.hrtime.bigint() - start) * 1e-6 / question.calls };
  },
  forget() {
    sessions.clear();
    return {};
  },
};

console.log(JSON.stringify({ version: require("onnxruntime-node/package.json").version }));
for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  let answer;
  try {
    answer = answers[question.do](question);
  } catch (error) {
    answer = { error: String(error) };
  }
  console.log(JSON.stringify(answer));
}
