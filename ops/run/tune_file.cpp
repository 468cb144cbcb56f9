#include "graft/ops/run/tune_file.h"

#include <dnnl.hpp>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <sstream>

#include "graft/core/env.h"
#include "graft/core/error.h"
#include "graft/core/file.h"

namespace graft {

namespace {

constexpr const char* kHeader = "graft-tune 2";

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name") || line.starts_with("Hardware")) return line;
  return "unknown";
}

// This is FNV-1a.
uint64_t hash(const std::string& text) {
  uint64_t value = 0xcbf29ce484222325;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return value;
}

std::string key_of(const std::string& what) {
  const dnnl_version_t* v = dnnl_version();
  // The key includes the instruction set, because ONEDNN_MAX_CPU_ISA can limit it, and machines with the same name of
  // the CPU can differ in it.
  const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  std::ostringstream out;
  out << std::hex << std::setw(16) << std::setfill('0')
      << hash(cat(what, ' ', cpu_name(), ' ', isa, ' ', env::cores(), ' ', v->major, '.', v->minor, '.', v->patch));
  return out.str();
}

}  // namespace

TuneFile::TuneFile(std::string path) : path_(std::move(path)) {
  if (read()) return;
  lines_.clear();
  note_ = cat("; ", path_, " was damaged in line ", line_, " and is rewritten");
}

bool TuneFile::read() {
  std::ifstream file(path_);
  std::string line;
  if (!file || !std::getline(file, line)) return true;
  line_ = 1;
  if (line != kHeader) return false;
  while (std::getline(file, line)) {
    ++line_;
    const bool sound = line.size() > 17 && line.find_first_not_of("0123456789abcdef") == 16 && line[16] == ' ';
    if (!sound) return false;
    lines_[line.substr(0, 16)] = line.substr(17);
  }
  return true;
}

std::optional<std::string> TuneFile::find(const std::string& what) const {
  const auto found = lines_.find(key_of(what));
  return found == lines_.end() ? std::nullopt : std::optional(found->second);
}

void TuneFile::set(const std::string& what, const std::string& choice) { lines_[key_of(what)] = choice; }

void TuneFile::save() {
  std::string text = cat(kHeader, '\n');
  for (const auto& [key, choice] : lines_) text += cat(key, ' ', choice, '\n');
  try {
    if (const auto folder = std::filesystem::path(path_).parent_path(); !folder.empty())
      std::filesystem::create_directories(folder);
    write_file(path_, text);
    note_ += cat("; remembered in ", path_);
  } catch (const std::exception& error) {
    note_ += cat("; not remembered: ", error.what());
  }
}

}  // namespace graft
