// Runs a model in onnxruntime:
//
//   node ort.js '{"model", "threads", "repeat", "inputs": [{"name", "type", "dims", "file"}],
//   "dump", "asWritten"}'
//
// Prints the milliseconds of `repeat` runs after one that is not timed, and the peak of memory in MB; with `dump`, writes each output's elements to
// DUMP/NAME.bin. `asWritten`: no node is fused or replaced. The module is looked up where NODE_PATH says.
'use strict';
const fs = require('fs');
const path = require('path');
const ort = require('onnxruntime-node');

const arrays = {float32: Float32Array, uint8: Uint8Array};

async function main(job) {
  const session = await ort.InferenceSession.create(job.model, {
    intraOpNumThreads: job.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: job.asWritten ? 'disabled' : 'all',
    logSeverityLevel: 3,
  });
  const feeds = {};
  for (const {name, type, dims, file} of job.inputs) {
    const bytes = new Uint8Array(fs.readFileSync(file));  // a copy of its own, aligned
    feeds[name] = new ort.Tensor(type, new arrays[type](bytes.buffer), dims);
  }
  const outputs = await session.run(feeds);
  if (job.dump) {
    for (const [name, {data}] of Object.entries(outputs)) {
      fs.writeFileSync(path.join(job.dump, name + '.bin'), Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    }
  }
  const times = [];
  for (let i = 0; i < job.repeat; ++i) {
    const begin = process.hrtime.bigint();
    await session.run(feeds);
    times.push(Number(process.hrtime.bigint() - begin) / 1e6);
  }
  const peak = /^VmHWM:\s*(\d+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'));
  console.log(JSON.stringify({times, memory: Number(peak[1]) * 1024e-6}));
}

main(JSON.parse(process.argv[2])).catch(error => {
  console.error(`ort.js: ${error.message}`);
  process.exit(1);
});
