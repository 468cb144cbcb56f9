"""ONNX Runtime or OpenVINO as a server of timings, for inference in float32. It answers the questions of graft-bench
(tools/benchmark/server.h). The network is the model.onnx that torch_server.py exports. bench.py runs this with the name
of the module and the number of threads."""

import importlib.metadata
import sys
import time

import numpy

import serving


def load_onnxruntime(path, inputs, threads):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    binding.bind_cpu_input("input", inputs)
    binding.bind_output("output")
    return lambda: session.run_with_iobinding(binding), lambda: binding.copy_outputs_to_cpu()[0]


def load_openvino(path, inputs, threads):
    import openvino
    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    request = openvino.Core().compile_model(path, "CPU", settings).create_infer_request()
    request.set_input_tensor(openvino.Tensor(inputs))
    return request.infer, lambda: request.get_output_tensor().data


LOADERS = {"onnxruntime": load_onnxruntime, "openvino": load_openvino}


class Server:
    def __init__(self, module, threads):
        self.load, self.threads, self.prepared = LOADERS[module], threads, {}

    def session(self, question):
        key = f"{question['model']} {question['batch']}"
        if key not in self.prepared:
            folder = question["folder"]
            inputs = numpy.load(f"{folder}/input_laid_out.npy")
            self.prepared[key] = self.load(f"{folder}/model.onnx", inputs, self.threads)
            for _ in range(3):
                self.prepared[key][0]()
        return self.prepared[key]

    def check(self, question):
        run, output = self.session(question)
        run()
        path = f"{question['folder']}/output_onnx.npy"
        numpy.save(path, numpy.moveaxis(output(), 1, -1))
        return {"output": path}

    def time(self, question):
        run, _ = self.session(question)
        start = time.perf_counter()
        for _ in range(question["calls"]):
            run()
        return {"ms": (time.perf_counter() - start) * 1e3 / question["calls"]}

    def forget(self, question):
        self.prepared.clear()
        return {}


def main():
    module, threads = sys.argv[1:]
    serving.serve(importlib.metadata.version(module), lambda: Server(module, int(threads)))


if __name__ == "__main__":
    main()
