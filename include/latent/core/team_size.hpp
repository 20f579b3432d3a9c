#pragma once

#include <algorithm>

namespace latent::detail {

/// What a parallel region was like for the thread that called it, in seconds.
struct RegionTimes {
  int team = 2;       // threads that took part
  double task = 0;    // what a task takes on a thread that nobody disturbs
  double helped = 0;  // work of the other threads: so much longer the caller had worked alone
  double waited = 0;  // until the region began, and from the caller's last task to the region's end
};

/// How many threads a parallel region should have: fewer while other programs keep the cores busy. A thread that has no
/// core at the moment makes the others wait for milliseconds, in regions of microseconds, and OpenMP's threads wait at
/// full speed, on the very core that is wanted.
///
/// It keeps an account in seconds: what the last threads of the team save is paid in, what the caller waits for longer
/// than tasks explain is taken out. When the account is empty the team becomes smaller; after a pause it becomes larger
/// again, after a longer one each time that this fails. No clock, no threads: each thread that calls regions has one.
class TeamSize {
 public:
  // Lost before a team becomes smaller. Linux takes 0.04 to 0.16 s to move a woken thread away from the core of the one
  // that woke it if the next core is not quite idle, most of which is lost; later a quiet machine loses less.
  static constexpr double credit = 0.15;
  // A wrong team is kept for a short time at first. A machine that stays busy is disturbed by a trial every 8 s, which
  // loses the credit and one more wait of some 0.01 s: 2 %.
  static constexpr double shortest_pause = 0.25, longest_pause = 8;
  // What a team may wait for without a loss: the last task of a core that is slower than the fastest, efficiency cores
  // and such with a busy twin included, and a barrier of many threads, or one to be woken.
  static constexpr double tasks_to_wait = 4, least_wait = 20e-6;
  // Of what a thread saves: the other half is for what it costs unseen, time on the core that the caller has to share.
  static constexpr double saved_share = 0.5;

  /// Threads, of at most `most`, for a region that begins now.
  int limit(int most, double now) {
    if (most != most_) {
      most_ = size_ = most;
      balance_ = credit;
    }
    if (size_ < most_ && now >= due_ && balance_ >= credit) {
      size_ = std::min(larger(size_), most_);
      changed_ = now;
      due_ = now + shortest_pause;
    }
    return size_;
  }

  /// Threads that regions may have at present; 0 before the first.
  int size() const { return size_; }

  /// Threads to ask OpenMP for if so many get work. OpenMP of g++ ends the threads that a smaller team leaves out, and
  /// to start one again takes 20 us: it is cheaper to let them wait for the end of the region.
  int kept(int sharers) { return last_ = std::max(sharers, std::min(last_, size_)); }

  /// What a region was like that ends now.
  void observe(const RegionTimes& region, double now) {
    const int fewer = smaller(region.team);
    const double of_each = region.helped / (region.team - 1);
    const double saved = of_each * (region.team - fewer) / fewer;  // the work of those who go, shared by those who stay
    const double lost = std::max(0.0, region.waited - tasks_to_wait * region.task - least_wait);
    balance_ = std::min(balance_ + saved_share * saved - lost, credit);
    if (balance_ >= 0) return;
    const bool stood = now - changed_ > pause_;
    pause_ = stood ? shortest_pause : std::min(2 * pause_, longest_pause);
    size_ = std::min(size_, fewer);
    balance_ = credit;
    changed_ = now;
    due_ = now + pause_;
  }

 private:
  static constexpr int smaller(int size) { return size - (size + 3) / 4; }
  static constexpr int larger(int size) { return size + std::max(1, size / 3); }

  int most_ = 0, size_ = 0;  // threads that the program allows; that are used of them
  int last_ = 0;             // of the last region
  double balance_ = credit;
  double pause_ = shortest_pause;  // the last one
  double changed_ = 0, due_ = 0;   // when the size changed; when it may grow
};

}  // namespace latent::detail
