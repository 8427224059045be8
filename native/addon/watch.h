// What an algorithm that runs as a job looks at.
#pragma once
#include "addon/job_runner.h"
#include "algorithms/watch.h"

namespace hebb {

// Ends with the job; its progress is one number, the fraction done.
inline Watch watch_of(JobContext& job) {
  return {&job.cancel_flag(), [&job](double done) { job.report(&done, 1); }};
}

}  // namespace hebb
