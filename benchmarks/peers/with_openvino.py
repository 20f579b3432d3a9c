"""OpenVINO, set to latency and to float."""
NAME = "OpenVINO"
PACKAGES = ["openvino", "onnx", "torch==2.13.0", "numpy"]
MODES = ["inference"]


def settings(cell):
    return [[]]


def prepare(cell, threads, setting, data):
    import openvino

    from .exported import input_of, onnx_file

    with onnx_file(cell) as path:
        model = openvino.Core().compile_model(str(path), "CPU", {
            "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"})
    request = model.create_infer_request()
    request.set_input_tensor(openvino.Tensor(input_of(cell)))
    return request.infer, 1
