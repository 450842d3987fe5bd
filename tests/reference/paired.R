# Exact signed-rank tests: without ties from R itself with the interval; with ties and zeros from exactRankTests
# (zeros left out) and coin (Pratt). Run: Rscript paired.R
source("write.R")
suppressPackageStartupMessages({library(exactRankTests); library(coin)})
set.seed(20260102)

rows <- list()
for (n in c(6:20, 30, 49, 60, 120, 300)) for (level in c(0.8, 0.9, 0.95, 0.99)) {
  if (2 / 2^n > 1 - level) next
  size <- sample(1:(3 * n), n)
  change <- size * sample(c(-1, 1), n, replace = TRUE, prob = c(0.3, 0.7))
  after <- sample(0:40, n, replace = TRUE)
  test <- wilcox.test(after + change, after, paired = TRUE, exact = TRUE, conf.int = TRUE, conf.level = level)
  order <- qsignrank((1 - level) / 2, n)
  rows[[length(rows) + 1]] <- data.frame(
    before = joined(after + change), after = joined(after), level = level, statistic = unname(test$statistic),
    p_value = test$p.value, estimate = unname(test$estimate), ci_low = test$conf.int[1], ci_high = test$conf.int[2],
    level_achieved = 1 - 2 * psignrank(order - 1, n))
}
write_reference(do.call(rbind, rows), "paired_untied.csv", "paired.R", character())

rows <- list()
for (n in c(rep(7:12, 6), 20, 40)) {
  change <- sample(c(0, 0, -3:6), n, replace = TRUE)
  if (sum(change != 0) < 6) next
  after <- sample(0:20, n, replace = TRUE)
  before <- after + change
  left_out <- wilcox.exact(before, after, paired = TRUE, exact = TRUE)
  pratt <- wilcoxsign_test(before ~ after, zero.method = "Pratt", distribution = "exact")
  wilcoxon <- wilcoxsign_test(before ~ after, zero.method = "Wilcoxon", distribution = "exact")
  stopifnot(all.equal(left_out$p.value, as.numeric(pvalue(wilcoxon)), tolerance = 1e-9))
  rows[[length(rows) + 1]] <- data.frame(
    before = joined(before), after = joined(after), n_zero = sum(change == 0),
    p_value_wilcox = left_out$p.value, p_value_pratt = as.numeric(pvalue(pratt)))
}
write_reference(do.call(rbind, rows), "paired_tied.csv", "paired.R", c("exactRankTests", "coin"))
