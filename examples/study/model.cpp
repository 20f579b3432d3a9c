#include "model.hpp"

#include <cmath>
#include <Eigen/Eigenvalues>
#include <fstream>
#include <iomanip>
#include <latent/core/eigen.hpp>

namespace examples {

namespace {

constexpr Index batch = 500;

/// Calls f(images, first) for all batches of the first `most` images.
template <class F>
void for_batches(const data::ImageDataset& images, Index most, F f) {
  const data::ImageDataset some = images.first(most);
  data::Loader batches(some, {.batch_size = batch});
  Index first = 0;
  for (const auto& part : batches) {
    f(part.images, first);
    first += part.size();
  }
}

}  // namespace

double TrainedModel::seconds_per_epoch() const {
  double sum = 0;
  for (const EpochResult& epoch : history) sum += epoch.seconds;
  return sum / static_cast<double>(history.size());
}

Tensor<float> codes_of(const TrainedModel& model, const data::ImageDataset& images, Index most) {
  auto codes = Tensor<float>::uninitialized({std::min(most, images.size()), model.code_size});
  float* const all = codes.data();
  for_batches(images, most, [&](const Tensor<float>& part, Index first) {
    std::ranges::copy(model.encode(part).elements(), all + first * model.code_size);
  });
  return codes;
}

CodeStatistics statistics(const Tensor<float>& codes) {
  const auto [n, k] = codes.sizes<2>("statistics: codes [N, K]");
  std::vector<double> sum(static_cast<std::size_t>(k)), squares(sum), fires(sum);
  CodeStatistics result;
  const float* code = codes.data();
  for (Index i = 0; i < n; ++i) {
    Index fired = 0;
    for (std::size_t unit = 0; unit < sum.size(); ++unit, ++code) {
      sum[unit] += *code;
      squares[unit] += static_cast<double>(*code) * *code;
      fires[unit] += *code != 0;
      fired += *code != 0;
    }
    result.fired.push_back(static_cast<double>(fired) / static_cast<double>(k));
  }
  const auto count = static_cast<double>(n);
  for (std::size_t unit = 0; unit < sum.size(); ++unit) {
    result.firing.push_back(fires[unit] / count);
    result.zeros += (1 - fires[unit] / count) / static_cast<double>(k);
    result.variance.push_back(std::max(squares[unit] / count - sum[unit] * sum[unit] / count / count, 0.0));
    result.never_fire += fires[unit] == 0;
    result.active_units += result.variance.back() > 0.01;
  }
  return result;
}

void measure(TrainedModel& model, const data::ImageDataset& test) {
  model.code = statistics(codes_of(model, test, test.size()));
  if (!model.divergence) return;
  double sum = 0;
  for_batches(test, test.size(), [&](const Tensor<float>& part, Index) {
    sum += model.divergence(part) * static_cast<double>(part.size(0));
  });
  model.kl = sum / static_cast<double>(test.size());
}

nlohmann::json metrics(const TrainedModel& model) {
  nlohmann::json history = nlohmann::json::array();
  for (std::size_t i = 0; i < model.history.size(); ++i) {
    const EpochResult& epoch = model.history[i];
    history.push_back({{"epoch", i + 1},
                       {"train_loss", epoch.train_loss},
                       {"test_loss", epoch.test_loss},
                       {"test_mse", epoch.test_mse},
                       {"seconds", epoch.seconds}});
  }
  nlohmann::json result{{"name", model.name},
                        {"options", model.options},
                        {"trained", model.trained},
                        {"parameters", model.parameters},
                        {"code_size", model.code_size},
                        {"train_loss", model.last().train_loss},
                        {"test_loss", model.last().test_loss},
                        {"test_mse", model.last().test_mse},
                        {"seconds_per_epoch", model.seconds_per_epoch()},
                        {"code_zeros", model.code.zeros},
                        {"code_units_never_firing", model.code.never_fire},
                        {"code_units_active", model.code.active_units},
                        {"history", history}};
  if (model.divergence) result["kl_nats"] = model.kl;
  return result;
}

std::string history_table(const std::vector<EpochResult>& history) {
  std::ostringstream table;
  table << "epoch,train_loss,test_loss,test_mse,seconds\n" << std::setprecision(9);
  for (std::size_t i = 0; i < history.size(); ++i)
    table << i + 1 << ',' << history[i].train_loss << ',' << history[i].test_loss << ',' << history[i].test_mse << ','
          << history[i].seconds << '\n';
  return table.str();
}

bool take_earlier(TrainedModel& model, const std::filesystem::path& file) {
  const nlohmann::json earlier = nlohmann::json::parse(std::ifstream(file), nullptr, false);
  if (!earlier.is_object() || earlier.value("options", nlohmann::json()) != model.options) return false;
  std::vector<EpochResult> history;
  for (const nlohmann::json& epoch : earlier.at("history"))
    history.push_back({epoch.at("train_loss"), epoch.at("test_loss"), epoch.at("test_mse"), epoch.at("seconds")});
  model.trained = earlier.at("trained");
  model.history = std::move(history);
  model.reused = true;
  return true;
}

namespace {

/// x with the mean of each column taken off
Floats centered(const Tensor<float>& x) {
  const Floats points(x);
  return points - mean(points, 0, true);
}

/// The eigenvectors of y^T y, in order of rising eigenvalues: y [N, K] -> [K, K], and the eigenvalues
Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> gram_solver(const Floats& y) {
  const Tensor<float> gram = matmul(transpose(y), y).value();
  return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(eigen::matrix(gram).cast<double>());
}

/// An Eigen matrix as a variable, for products with others.
Floats as_variable(const Eigen::MatrixXd& x) {
  Tensor<float> result({x.rows(), x.cols()});
  eigen::matrix(result) = x.cast<float>();
  return Floats(result);
}

}  // namespace

PrincipalComponents principal_components(const Tensor<float>& points) {
  const auto [n, k] = points.sizes<2>("principal_components: points [N, K]");
  const NoGrad no_grad;
  const Floats x = centered(points), x_t = transpose(x);

  // Subspace iteration (Golub and Van Loan, "Matrix computations", 8.2.4): multiplying by the covariance turns a few
  // directions towards those of largest variance, orthonormal again after each turn. Within what they span the
  // eigenproblem is small, and solved exactly.
  const Index tried = std::min<Index>(k, 10);
  Floats directions(Rng(1).normal<float>({k, tried}));
  for (int turn = 0; turn < 30; ++turn) {
    if (turn > 0) directions = matmul(x_t, matmul(x, directions));
    const auto solver = gram_solver(directions);
    const double least = 1e-20 * solver.eigenvalues().maxCoeff();  // below it a direction is rounding only
    const Eigen::VectorXd scale =
        solver.eigenvalues().unaryExpr([&](double value) { return value > least ? 1 / std::sqrt(value) : 0; });
    directions = matmul(directions, as_variable(solver.eigenvectors() * scale.asDiagonal()));
  }
  const Floats projected = matmul(x, directions);
  const auto solver = gram_solver(projected);
  const double total = kernels::sum_of(
      x.numel(), [](auto value) { return value * value; }, x.value().data());

  PrincipalComponents result;
  result.points = Tensor<float>({n, 2});
  const Tensor<float> along = matmul(projected, as_variable(solver.eigenvectors())).value();
  for (Index axis = 0; axis < std::min<Index>(2, tried); ++axis) {
    const Index column = tried - 1 - axis;  // eigenvalues rise
    for (Index i = 0; i < n; ++i) result.points(i, axis) = along(i, column);
    if (total > 0) result.share[static_cast<std::size_t>(axis)] = solver.eigenvalues()[column] / total;
  }
  return result;
}

}  // namespace examples
