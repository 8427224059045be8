// The choice of a kernel table. HEBB_ISA is read once a process: the same tests run under each of its values.
#include <cstdlib>
#include <cstring>

#include "kernel_fixture.h"

using namespace fixture;

TEST(dispatch_lists_scalar_first_and_best_last) {
  const std::vector<const Kernels*> all = float_tables();
  CHECK(!all.empty() && std::strcmp(all[0]->isa, "scalar") == 0 && all[0]->width == 1);
  for (size_t i = 1; i < all.size(); ++i) CHECK(all[i]->width > all[i - 1]->width);
  const Kernels* one[1];
  CHECK(hebb::available_kernels(one, 1) == 1 && one[0] == all[0]);
  CHECK(hebb::kernels_f64().width == 1);
}

TEST(dispatch_honours_the_override) {
  const std::vector<const Kernels*> all = float_tables();
  const char* wanted = std::getenv("HEBB_ISA");
  const bool asked = wanted != nullptr && *wanted != '\0';
  const Kernels* expected = all.back();
  bool known = false;
  for (const Kernels* table : all) {
    if (asked && std::strcmp(table->isa, wanted) == 0) expected = table, known = true;
  }
  CHECK_NOTE(&hebb::kernels() == expected, "%s instead of %s", hebb::kernels().isa, expected->isa);
  const char* rejected = hebb::rejected_isa_override();
  CHECK(asked && !known ? rejected != nullptr && std::strcmp(rejected, wanted) == 0 : rejected == nullptr);
}
