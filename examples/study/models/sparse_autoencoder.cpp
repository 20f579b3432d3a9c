#include "study/models/sparse_autoencoder.hpp"

#include "study/models/model_of.hpp"
#include "study/models/models.hpp"
#include "study/pictures/pictures.hpp"

namespace study {

namespace {

struct SparseModelWithPictures final : ModelOf<SparseAutoencoder> {
  void write_pictures(const TrainedModel& trained, const data::ImageDataset& test,
                      const std::filesystem::path& folder) const override {
    write_units(folder / "units.png", trained, test);
  }
};

}  // namespace

std::shared_ptr<Model> sparse_autoencoder() { return std::make_shared<SparseModelWithPictures>(); }

}  // namespace study
