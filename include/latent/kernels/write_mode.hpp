#pragma once

/// What a kernel does with what its result held before.
namespace latent::kernels {

/// c = beta c + the result, with a beta of 0 (overwrite; what c held is not read, so it may be uninitialized) or 1
/// (accumulate). As the beta of BLAS's gemm and cuDNN's functions.
enum class WriteMode { overwrite, accumulate };

/// Where a kernel writes a result, and how; null where it is not wanted.
template <class T>
struct Target {
  T* data = nullptr;
  WriteMode mode = WriteMode::overwrite;

  /// Whether it is wanted.
  explicit operator bool() const { return data != nullptr; }
};

}  // namespace latent::kernels
