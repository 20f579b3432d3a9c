#include "study/training/trainer.hpp"

namespace study {

template class Trainer<float>;

}  // namespace study
