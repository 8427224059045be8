# Rscript rtsne.R <x.f32> <start.f32> <rows> <columns> <dims> <threads> <map.f64>: prints the seconds of Rtsne.
suppressMessages(library(Rtsne))
given <- commandArgs(trailingOnly = TRUE)
n <- as.integer(given[3]); d <- as.integer(given[4]); dims <- as.integer(given[5])
rows <- function(file, cols) matrix(readBin(file, "numeric", n * cols, size = 4), n, cols, byrow = TRUE)
x <- rows(given[1], d)
start <- rows(given[2], dims)
began <- Sys.time()
# Its theta means half the width of a cell: 0.25 is the 0.5 of the others.
map <- Rtsne(x, dims = dims, pca = FALSE, normalize = FALSE, perplexity = 30, theta = 0.25, max_iter = 1000, Y_init = start,
             eta = max(n / 12, 50), stop_lying_iter = 250L, mom_switch_iter = 250L, exaggeration_factor = 12,
             check_duplicates = FALSE, num_threads = as.integer(given[6]))
took <- as.numeric(Sys.time() - began, units = "secs")
writeBin(as.numeric(t(map$Y)), given[7], size = 8)
cat(as.character(packageVersion("Rtsne")), took, "\n")
