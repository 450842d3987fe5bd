# Kaplan-Meier steps, limits and medians, as print(survfit(...)) gives them. Run: Rscript survival.R
source("write.R")
library(survival)
set.seed(20260103)

cases <- list(
  aml_maintained = with(subset(aml, x == "Maintained"), list(time, status)),
  aml_nonmaintained = with(subset(aml, x == "Nonmaintained"), list(time, status)),
  lung_men = with(subset(lung, sex == 1), list(time, status - 1)),
  lung_women = with(subset(lung, sex == 2), list(time, status - 1)),
  lung_men_reversed = with(subset(lung, sex == 1), list(time, 2 - status)),
  veteran = list(veteran$time, veteran$status),
  b_cell_return = list(c(60, 88, 92, 110, 125, 150, 180, 270), c(1, 1, 1, 1, 1, 1, 0, 0)),
  follow_up = list(c(9, 11, 12, 15, 18, 20, 22, 24), rep(1, 8)),
  follow_up_one_death = list(c(9, 11, 12, 15, 18, 20, 22, 24), c(1, 0, 1, 1, 1, 1, 1, 1)),
  level_at_the_end = list(1:6, c(1, 1, 1, 0, 0, 0)),
  no_event = list(c(3, 5, 8), c(0, 0, 0)),
  event_on_day_0 = list(c(0, 0, 2, 4, 7), c(1, 0, 1, 0, 1)))
for (i in 1:30) {
  n <- sample(2:12, 1)
  cases[[paste0("drawn_", i)]] <- list(sample(1:9, n, replace = TRUE), rbinom(n, 1, 0.7))
}

steps <- medians <- data <- list()
for (name in names(cases)) {
  time <- cases[[name]][[1]]
  event <- cases[[name]][[2]]
  data[[name]] <- data.frame(case = name, time_days = time, is_event = ifelse(event == 1, "True", "False"))
  for (scale in c("log-log", "log", "plain")) for (level in if (startsWith(name, "aml")) c(0.9, 0.95) else 0.95) {
    fit <- survfit(Surv(time, event) ~ 1, conf.type = scale, conf.int = level)
    step <- summary(fit, censored = TRUE)
    steps[[paste(name, scale, level)]] <- data.frame(
      case = name, ci = scale, level = level, time_days = step$time, n_at_risk = step$n.risk,
      n_events = step$n.event, n_censored = fit$n.censor, survival = step$surv, std_error = step$std.err,
      ci_low = step$lower, ci_high = step$upper)
    printed <- unname(step$table)
    medians[[paste(name, scale, level)]] <- data.frame(
      case = name, ci = scale, level = level, n_patients = printed[1], n_events = printed[4],
      median = printed[7], median_low = printed[8], median_high = printed[9])
  }
}
write_reference(do.call(rbind, data), "survival_data.csv", "survival.R", "survival")
write_reference(do.call(rbind, steps), "survival_steps.csv", "survival.R", "survival")
write_reference(do.call(rbind, medians), "survival_medians.csv", "survival.R", "survival")
