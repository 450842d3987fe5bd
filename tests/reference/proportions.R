# Exact and score intervals of proportions, exact intervals of rates. Run: Rscript proportions.R
source("write.R")

rows <- list()
for (n in c(1:12, 20, 50, 228)) for (k in unique(c(0:min(n, 12), n %/% 2, n - 1, n))) for (level in c(0.9, 0.95, 0.99)) {
  exact <- binom.test(k, n, conf.level = level)$conf.int
  # without the continuity correction prop.test gives Wilson's interval
  score <- suppressWarnings(prop.test(k, n, conf.level = level, correct = FALSE))$conf.int
  rows[[length(rows) + 1]] <- data.frame(
    n_events = k, n_patients = n, level = level, estimate = k / n,
    clopper_pearson_low = exact[1], clopper_pearson_high = exact[2], wilson_low = score[1], wilson_high = score[2])
}
write_reference(do.call(rbind, rows), "proportions.csv", "proportions.R", character())

rows <- list()
for (k in c(0:12, 30, 250)) for (days in c(1, 30.5, 800, 4018)) for (level in c(0.9, 0.95, 0.99)) {
  rate <- poisson.test(k, days, conf.level = level)
  rows[[length(rows) + 1]] <- data.frame(
    n_events = k, patient_days = days, level = level, per_day = unname(rate$estimate),
    low_per_day = rate$conf.int[1], high_per_day = rate$conf.int[2])
}
write_reference(do.call(rbind, rows), "incidence.csv", "proportions.R", character())
