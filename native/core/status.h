// The result of anything in native code that can be refused. Turned into a JavaScript exception in one place
// (addon/errors.h). Messages have the form "Expected `x` to ..., received ...".
#pragma once
#include <string>
#include <utility>

namespace hebb {

enum class Code { ok, shape, argument, data, non_finite, aborted, busy, out_of_memory };

struct [[nodiscard]] Status {
  Code code = Code::ok;
  std::string message;

  bool ok() const { return code == Code::ok; }
  // Cold: the texts of refusals are written for size, and out of the way of what runs.
  [[gnu::cold]] static Status shape(std::string m) { return {Code::shape, std::move(m)}; }
  [[gnu::cold]] static Status argument(std::string m) { return {Code::argument, std::move(m)}; }
  [[gnu::cold]] static Status data(std::string m) { return {Code::data, std::move(m)}; }
  [[gnu::cold]] static Status non_finite(std::string m) { return {Code::non_finite, std::move(m)}; }
  [[gnu::cold]] static Status aborted(std::string m) { return {Code::aborted, std::move(m)}; }
  [[gnu::cold]] static Status busy(std::string m) { return {Code::busy, std::move(m)}; }
  [[gnu::cold]] static Status out_of_memory(std::string m) { return {Code::out_of_memory, std::move(m)}; }
};

#define HEBB_RETURN_IF_ERROR(expr)               \
  do {                                           \
    ::hebb::Status hebb_status_ = (expr);        \
    if (!hebb_status_.ok()) return hebb_status_; \
  } while (0)

}  // namespace hebb
