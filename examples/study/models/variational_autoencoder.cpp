#include "study/models/variational_autoencoder.hpp"

#include "study/models/model_of.hpp"
#include "study/models/models.hpp"
#include "study/pictures/pictures.hpp"

namespace study {

namespace {

struct VariationalModelWithPictures final : ModelOf<VariationalAutoencoder> {
  void write_pictures(const TrainedModel& trained, const data::ImageDataset& test,
                      const std::filesystem::path& folder) const override {
    write_samples(folder / "samples.png", trained);
    write_interpolations(folder / "interpolations.png", trained, test);
    write_traversal(folder / "traversal.png", trained);
  }
};

}  // namespace

std::shared_ptr<Model> variational_autoencoder() { return std::make_shared<VariationalModelWithPictures>(); }

}  // namespace study
