#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <latent/distributed/communicator.hpp>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>

/// Ranks that are threads of one process, for tests without MPI.
namespace ranks_in_threads {

using namespace latent;

/// Messages on their way.
class Mail {
 public:
  using Address = std::tuple<Index, Index, Index>;  // from, to, tag

  void send(const Address& address, std::span<const std::byte> data) {
    const std::lock_guard lock(mutex_);
    box_[address].emplace_back(data.begin(), data.end());
    arrived_.notify_all();
  }
  bool receive(const Address& address, std::span<std::byte> data, bool wait) {
    std::unique_lock lock(mutex_);
    auto& messages = box_[address];
    if (wait) arrived_.wait(lock, [&] { return closed_ || !messages.empty(); });
    check<Error>(!closed_ || !messages.empty(), "another rank has ended");
    if (messages.empty()) return false;
    check<Error>(messages.front().size() == data.size(), "a message of another size");
    std::ranges::copy(messages.front(), data.begin());
    messages.pop_front();
    return true;
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    arrived_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::map<Address, std::deque<std::vector<std::byte>>> box_;
  bool closed_ = false;
};

class ThreadRank final : public distributed::Communicator {
 public:
  ThreadRank(Mail& mail, Index rank, Index size) : mail_(&mail), rank_(rank), size_(size) {}

  Index rank() const override { return rank_; }
  Index size() const override { return size_; }
  Index node() const override { return lowest_on_machine; }

  void broadcast(std::span<std::byte> data, Index root) override {
    if (rank_ != root) return void(mail_->receive({root, rank_, -1}, data, true));
    for (Index to = 0; to < size_; ++to)
      if (to != root) mail_->send({root, to, -1}, data);
  }
  void gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
    if (rank_ != 0) return mail_->send({rank_, 0, -2}, mine);
    std::ranges::copy(mine, all.begin());
    for (Index from = 1; from < size_; ++from)
      mail_->receive({from, 0, -2}, all.subspan(static_cast<std::size_t>(from) * mine.size(), mine.size()), true);
  }
  void barrier() override { distributed::all_gather(*this, char{}); }

  Request start_all_reduce(std::span<float> data) override { return start_sum(data); }
  Request start_all_reduce(std::span<double> data) override { return start_sum(data); }
  Request start_exchange(Index peer, Index tag, std::span<const std::byte> send,
                         std::span<std::byte> receive) override {
    mail_->send({rank_, peer, tag}, send);
    return add([=, this](bool wait) { return mail_->receive({peer, rank_, tag}, receive, wait); });
  }
  bool finished(Request request) override {
    if (!started_[request](false)) return false;
    started_[request] = nullptr;
    return true;
  }
  void wait(Request request) override {
    started_[request](true);
    started_[request] = nullptr;
  }
  [[noreturn]] void abort(const std::string& message, int = 1) override { fail<Error>(message); }

  Index sums_started = 0, lowest_on_machine = 0;

 private:
  template <class T>
  Request start_sum(std::span<T> data) {
    const Index tag = -3 - sums_started++;
    for (Index to = 0; to < size_; ++to)
      if (to != rank_) mail_->send({rank_, to, tag}, std::as_bytes(data));
    std::vector<T> own(data.begin(), data.end());
    return add([=, this, from = Index{0}, sum = std::vector<T>(data.size()), received = own](bool wait) mutable {
      for (; from < size_; ++from) {
        if (from == rank_)
          received = own;
        else if (!mail_->receive({from, rank_, tag}, std::as_writable_bytes(std::span(received)), wait))
          return false;
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += received[i];
      }
      std::ranges::copy(sum, data.begin());
      return true;
    });
  }
  Request add(std::function<bool(bool)> go_on) {
    const auto unused = std::ranges::find_if(started_, [](const auto& f) { return !f; });
    const auto request = static_cast<Request>(unused - started_.begin());
    if (unused == started_.end()) started_.emplace_back();
    started_[request] = std::move(go_on);
    return request;
  }

  Mail* mail_;
  Index rank_, size_;
  std::vector<std::function<bool(bool)>> started_;
};

/// What f(communicator) gives in each of several ranks; throws what the first of them has thrown that failed by itself.
template <class F>
auto run(Index ranks, F f) {
  using Result = decltype(f(std::declval<distributed::Communicator&>()));
  Mail mail;
  std::vector<Result> results(static_cast<std::size_t>(ranks));
  std::exception_ptr error;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (Index rank = 0; rank < ranks; ++rank)
    threads.emplace_back([&, rank] {
      try {
        ThreadRank communicator(mail, rank, ranks);
        results[static_cast<std::size_t>(rank)] = f(static_cast<distributed::Communicator&>(communicator));
      } catch (...) {
        {
          const std::lock_guard lock(mutex);
          if (!error) error = std::current_exception();
        }
        mail.close();
      }
    });
  for (std::thread& thread : threads) thread.join();
  if (error) std::rethrow_exception(error);
  return results;
}

}  // namespace ranks_in_threads
