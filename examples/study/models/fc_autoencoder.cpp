#include "study/models/fc_autoencoder.hpp"

#include "study/models/model_of.hpp"
#include "study/models/models.hpp"
#include "study/pictures/pictures.hpp"

namespace study {

namespace {

struct FcModelWithPictures final : ModelOf<FcAutoencoder> {
  void write_pictures(const TrainedModel& trained, const data::ImageDataset& test,
                      const std::filesystem::path& folder) const override {
    write_units(folder / "units.png", trained, test);
  }
};

}  // namespace

std::shared_ptr<Model> fc_autoencoder() { return std::make_shared<FcModelWithPictures>(); }

}  // namespace study
