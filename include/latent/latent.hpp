#pragma once

/// Everything but what is named at the end, in reading order.
// clang-format off

// Plain values.
#include "latent/core/instruction_set.hpp"
#include "latent/core/check.hpp"
#include "latent/core/shape.hpp"
#include "latent/core/parallel.hpp"
#include "latent/core/memory.hpp"
#include "latent/core/tensor.hpp"
#include "latent/core/random.hpp"

// Loops over raw memory.
#include "latent/kernels/write_mode.hpp"
#include "latent/kernels/simd.hpp"
#include "latent/kernels/exp.hpp"
#include "latent/kernels/log.hpp"
#include "latent/kernels/elementwise.hpp"
#include "latent/kernels/strided.hpp"
#include "latent/kernels/reduce.hpp"
#include "latent/kernels/epilogue.hpp"
#include "latent/kernels/activation.hpp"
#include "latent/kernels/micro_kernel.hpp"
#include "latent/kernels/packed_matrix.hpp"
#include "latent/kernels/gemm_few_rows.hpp"
#include "latent/kernels/gemm.hpp"
#include "latent/kernels/conv2d_layout.hpp"
#include "latent/kernels/conv2d.hpp"
#include "latent/kernels/conv2d_phases.hpp"
#include "latent/kernels/conv2d_col2im.hpp"
#include "latent/kernels/conv2d_direct.hpp"
#include "latent/kernels/conv2d_transposed.hpp"
#include "latent/kernels/conv2d_weight_gradient.hpp"
#include "latent/kernels/conv2d_backward.hpp"
#include "latent/kernels/max_pool2d.hpp"
#include "latent/kernels/resample2d.hpp"
#include "latent/kernels/avg_pool2d.hpp"
#include "latent/kernels/upsample2d.hpp"
#include "latent/kernels/pad.hpp"
#include "latent/kernels/lstm.hpp"
#include "latent/kernels/optimizers.hpp"

// Values that remember how they were computed.
#include "latent/autograd/watcher.hpp"
#include "latent/autograd/variable.hpp"
#include "latent/autograd/detect_anomaly.hpp"
#include "latent/autograd/functions.hpp"
#include "latent/autograd/arithmetic.hpp"
#include "latent/autograd/reduce.hpp"
#include "latent/autograd/matmul.hpp"
#include "latent/autograd/shaping.hpp"
#include "latent/autograd/pad.hpp"
#include "latent/autograd/gradcheck.hpp"

// Layers and losses.
#include "latent/nn/extent.hpp"
#include "latent/nn/init.hpp"
#include "latent/nn/parameters.hpp"
#include "latent/nn/activation.hpp"
#include "latent/nn/linear.hpp"
#include "latent/nn/conv2d.hpp"
#include "latent/nn/conv1d.hpp"
#include "latent/nn/conv_transpose2d.hpp"
#include "latent/nn/conv_transpose1d.hpp"
#include "latent/nn/max_pool2d.hpp"
#include "latent/nn/max_pool1d.hpp"
#include "latent/nn/avg_pool2d.hpp"
#include "latent/nn/avg_pool1d.hpp"
#include "latent/nn/adaptive_avg_pool2d.hpp"
#include "latent/nn/upsample.hpp"
#include "latent/nn/lstm.hpp"
#include "latent/nn/flatten.hpp"
#include "latent/nn/sequential.hpp"
#include "latent/nn/loss.hpp"

// Learning.
#include "latent/optim/optimizer.hpp"
#include "latent/optim/sgd.hpp"
#include "latent/optim/adam.hpp"

// Data. Those that need zlib are left out where it is not installed.
#include "latent/io/file.hpp"
#include "latent/data/dataset.hpp"
#include "latent/data/loader.hpp"
#if __has_include(<zlib.h>)
#include "latent/data/idx.hpp"
#include "latent/data/fashion_mnist.hpp"
#endif

// Asked for by name, for what they include takes longer to compile than all of the above:
//   latent/core/eigen.hpp         exchange with Eigen
//   latent/core/build.hpp         how a program was compiled, and where it runs
//   latent/io/safetensors.hpp     tensors in safetensors files
//   latent/io/state_dict.hpp      a model's weights in them
//   latent/io/checkpoint.hpp      the state of a whole run
//   latent/io/staged_files.hpp    several files that belong together
//   latent/io/png.hpp             PNG files
//   latent/io/images.hpp          grids of images with captions
//   latent/data/image_folder.hpp  data sets of PNG files
//   latent/data/image_set.hpp     data sets of one's own, PNG or idx files
