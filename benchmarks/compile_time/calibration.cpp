// Standard library only, and never to be changed: what this takes tells how fast a machine compiles.
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <regex>
#include <string>
#include <unordered_map>
#include <vector>

struct Record {
  std::string name;
  std::map<std::string, std::vector<double>> values;
  int key = 0;

  friend bool operator<(const Record& a, const Record& b) { return a.key < b.key || a.name < b.name; }
};

double work(const std::string& text) {
  std::vector<Record> records;
  std::unordered_map<std::string, Record> index;
  for (std::size_t i = 0; i < text.size(); ++i) {
    Record& record = records.emplace_back();
    record.name = text.substr(i);
    record.key = static_cast<int>(i) % 7;
    record.values[record.name].push_back(static_cast<double>(i));
    index[record.name] = record;
  }
  std::sort(records.begin(), records.end());
  std::stable_sort(records.begin(), records.end(), [](const auto& a, const auto& b) { return b < a; });
  const std::function<double(const Record&)> sum = [&](const Record& record) {
    const std::vector<double>& values = index[record.name].values[record.name];
    return std::accumulate(values.begin(), values.end(), 0.0);
  };
  double total = 0;
  for (const auto& record : records) total += sum(record);
  return total;
}

int main(int, char** arguments) {
  const std::string text = arguments[0];
  std::smatch match;
  std::regex_search(text, match, std::regex("(a|b)*c[0-9]+"));
  std::cout << match.size() << ' ' << work(text) << '\n';
}
