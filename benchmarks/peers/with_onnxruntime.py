"""ONNX Runtime, with input and output bound to memory that lies ready."""
NAME = "ONNX Runtime"
PACKAGES = ["onnxruntime", "onnx", "torch==2.13.0", "numpy"]
MODES = ["inference"]


def settings(cell):
    return [[]]


def prepare(cell, threads, setting, data):
    import onnxruntime

    from .exported import input_of, onnx_file

    session_options = onnxruntime.SessionOptions()
    session_options.intra_op_num_threads, session_options.inter_op_num_threads = threads, 1
    session_options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    with onnx_file(cell) as path:
        session = onnxruntime.InferenceSession(str(path), session_options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    binding.bind_ortvalue_input("x", onnxruntime.OrtValue.ortvalue_from_numpy(input_of(cell)))
    binding.bind_output("y")
    return lambda: session.run_with_iobinding(binding), 1
