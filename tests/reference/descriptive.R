# Quartiles by the nine rules, mean and standard deviation, geometric mean. Run: Rscript descriptive.R
source("write.R")
set.seed(20260101)

columns <- c(
  list(c(9, 11, 12, 15, 18, 20, 22, 24), c(3, 3, 3), c(1, 2), c(-1.5, 0, 0, 2.25)),
  lapply(3:14, function(n) round(rlnorm(n, 3, 1), 1)),
  lapply(5:12, function(n) sample(1:6, n, replace = TRUE)))

rows <- list()
for (x in columns) for (type in 1:9) {
  q <- quantile(x, c(0.25, 0.75), type = type, names = FALSE)
  rows[[length(rows) + 1]] <- data.frame(
    values = joined(x), quantile_type = type, n = length(x), mean = mean(x), sd = sd(x), median = median(x),
    q1 = q[1], q3 = q[2], minimum = min(x), maximum = max(x))
}
write_reference(do.call(rbind, rows), "quantiles.csv", "descriptive.R", character())

rows <- list()
for (x in Filter(function(x) min(x) > 0 && sd(x) > 0, columns)) for (level in c(0.9, 0.95)) {
  test <- t.test(log(x), conf.level = level)
  rows[[length(rows) + 1]] <- data.frame(
    values = joined(x), level = level, estimate = exp(unname(test$estimate)), ci_low = exp(test$conf.int[1]),
    ci_high = exp(test$conf.int[2]), cv_percent = 100 * sqrt(exp(var(log(x))) - 1))
}
write_reference(do.call(rbind, rows), "geometric_mean.csv", "descriptive.R", character())
